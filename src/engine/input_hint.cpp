// SPDX-License-Identifier: Apache-2.0
// NAME=[DTYPE:]SIZExSIZE...
#include "engine/input_hint.h"

#include <fmt/format.h>

#include <charconv>

namespace tandem {
namespace {

constexpr std::int64_t kLargestSize = std::int64_t{1} << 40;
constexpr std::size_t kMostDimensions = 64;

tl::unexpected<Error> malformed(std::string_view text, std::string_view what) {
  return invalid_argument(
      fmt::format("'{}': {}; expected NAME=SIZExSIZE... with -1 for any size, and a type before it where it is not "
                  "float32: ids=int64:1x128",
                  text.substr(0, 200), what));
}

}  // namespace

Result<InputHint> parse_input_hint(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) return malformed(text, "it names no input");
  InputHint hint;
  hint.name = std::string(text.substr(0, equals));
  std::string_view rest = text.substr(equals + 1);
  if (const std::size_t colon = rest.find(':'); colon != std::string_view::npos) {
    const auto dtype = parse_dtype(rest.substr(0, colon));
    if (!dtype) return malformed(text, fmt::format("there is no type '{}'", rest.substr(0, colon)));
    hint.dtype = *dtype;
    rest = rest.substr(colon + 1);
  }
  if (rest == "scalar") return hint;
  while (true) {
    const std::size_t end = rest.find('x');
    const std::string_view size = rest.substr(0, end);
    std::int64_t value = 0;
    const auto [stop, error] = std::from_chars(size.data(), size.data() + size.size(), value);
    if (error != std::errc() || stop != size.data() + size.size() || value < -1 || value > kLargestSize) {
      return malformed(text, fmt::format("'{}' is no size", size));
    }
    if (hint.shape.size() == kMostDimensions) return malformed(text, "it has more than 64 dimensions");
    hint.shape.push_back(value);
    if (end == std::string_view::npos) return hint;
    rest = rest.substr(end + 1);
  }
}

std::string to_string(const InputHint& hint) {
  const std::string dtype = hint.dtype == DType::kUndefined ? "" : fmt::format("{}:", dtype_name(hint.dtype));
  return fmt::format("{}={}{}", hint.name, dtype,
                     hint.shape.empty() ? "scalar" : fmt::format("{}", fmt::join(hint.shape, "x")));
}

}  // namespace tandem
