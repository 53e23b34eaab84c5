// SPDX-License-Identifier: Apache-2.0
// A small strict parser for the one Python literal that .npy headers hold:
//   {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
#include "formats/npy_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <vector>

#include "base/bytes.h"

namespace tandem {
namespace {

constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr std::size_t kMaxHeaderBytes = 65536;
constexpr std::size_t kMaxRank = 64;  // NumPy's own limit
constexpr std::size_t kAlignment = 64;

class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : text_(text) {}

  Status parse(NpyHeader& header) {
    TRY(expect('{'));
    bool descr = false, order = false, shape = false;
    while (!accept('}')) {
      const std::string key = TRY(quoted());
      TRY(expect(':'));
      if (key == "descr" && !std::exchange(descr, true)) {
        header.descr = TRY(descr_value());
      } else if (key == "fortran_order" && !std::exchange(order, true)) {
        header.fortran_order = TRY(boolean());
      } else if (key == "shape" && !std::exchange(shape, true)) {
        header.shape = TRY(tuple());
      } else {
        return wrong(fmt::format("the key '{}' is unknown or stands twice", key));
      }
      if (!accept(',') && peek() != '}') return wrong("expected ',' or '}'");
    }
    skip_space();
    if (position_ != text_.size()) return wrong("expected nothing after '}'");
    if (!descr || !order || !shape) return wrong("expected the keys descr, fortran_order and shape");
    return {};
  }

 private:
  tl::unexpected<Error> wrong(std::string_view what) const {
    return invalid_argument(fmt::format("npy: header, character {}: {}", position_, what));
  }

  void skip_space() {
    while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\n')) ++position_;
  }

  char peek() {
    skip_space();
    return position_ < text_.size() ? text_[position_] : '\0';
  }

  bool accept(char wanted) {
    if (peek() != wanted || position_ >= text_.size()) return false;
    ++position_;
    return true;
  }

  Status expect(char wanted) {
    if (!accept(wanted)) return wrong(fmt::format("expected '{}'", wanted));
    return {};
  }

  Result<std::string> quoted() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') return wrong("expected a quoted text");
    const std::size_t end = text_.find(quote, position_ + 1);
    if (end == std::string_view::npos) return wrong("a quoted text has no end");
    std::string value(text_.substr(position_ + 1, end - position_ - 1));
    const bool plain =
        std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~' && c != '\\'; });
    if (!plain) return wrong("expected printable text without escapes");
    position_ = end + 1;
    return value;
  }

  Result<std::string> descr_value() {
    if (peek() == '[') {
      return fail(Code::kUnimplemented,
                  "npy: structured arrays are not supported; save each field as an array of its own");
    }
    return quoted();
  }

  Result<bool> boolean() {
    skip_space();
    for (const bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (text_.substr(position_, word.size()) != word) continue;
      position_ += word.size();
      return value;
    }
    return wrong("expected True or False");
  }

  Result<Shape> tuple() {
    TRY(expect('('));
    std::vector<std::int64_t> dims;
    bool comma = true;
    while (!accept(')')) {
      if (!comma) return wrong("expected ',' or ')'");
      if (dims.size() == kMaxRank) return wrong(fmt::format("more than {} dimensions", kMaxRank));
      dims.push_back(TRY(dimension()));
      comma = accept(',');
    }
    if (dims.size() == 1 && !comma) return wrong("expected a tuple; one dimension is written (n,)");
    return Shape(std::move(dims));
  }

  Result<std::int64_t> dimension() {
    skip_space();
    std::int64_t value = 0;
    const char* begin = text_.data() + position_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (error != std::errc() || value < 0) return wrong("expected a whole number from 0 to 2^63-1");
    position_ += static_cast<std::size_t>(end - begin);
    if (position_ < text_.size() && text_[position_] == 'L') ++position_;  // files of Python 2
    return value;
  }

  std::string_view text_;
  std::size_t position_ = 0;
};

std::size_t little_endian(std::string_view bytes) {
  std::size_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[i - 1]);
  return value;
}

}  // namespace

Result<NpyHeader> read_npy_header(std::span<const std::byte> file) {
  const std::string_view text = as_text(file);
  if (!text.starts_with(kMagic)) return invalid_argument("npy: expected a file that begins with \\x93NUMPY");
  if (text.size() < 10) return invalid_argument("npy: the file ends within its header");
  const unsigned major = static_cast<unsigned char>(text[6]);
  const unsigned minor = static_cast<unsigned char>(text[7]);
  if (major < 1 || major > 3 || minor != 0) {
    return invalid_argument(fmt::format("npy: expected format version 1.0, 2.0 or 3.0, got {}.{}", major, minor));
  }
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  if (text.size() < 8 + length_bytes) return invalid_argument("npy: the file ends within its header");
  const std::size_t length = little_endian(text.substr(8, length_bytes));
  if (length > kMaxHeaderBytes) {
    return invalid_argument(fmt::format("npy: expected a header of at most {} bytes, got {}", kMaxHeaderBytes, length));
  }
  NpyHeader header;
  header.data_offset = 8 + length_bytes + length;
  if (header.data_offset > text.size()) return invalid_argument("npy: the file ends within its header");
  HeaderParser parser(text.substr(8 + length_bytes, length));
  TRY(parser.parse(header));
  return header;
}

Result<std::string> write_npy_header(std::string_view descr, const Shape& shape) {
  std::string dims;
  for (std::size_t i = 0; i < shape.rank(); ++i) dims += fmt::format("{}{}", i == 0 ? "" : ", ", shape[i]);
  if (shape.rank() == 1) dims += ",";
  std::string dict = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", descr, dims);
  // NumPy leaves room for the outermost dimension to grow to 20 digits in place.
  if (shape.rank() > 0) dict.append(std::size_t{21} - fmt::formatted_size("{}", shape[0]), ' ');
  const std::size_t used = kMagic.size() + 4 + dict.size() + 1;
  dict.append(kAlignment - used % kAlignment, ' ');
  dict += '\n';
  if (dict.size() > std::numeric_limits<std::uint16_t>::max()) {
    return invalid_argument("npy: the shape " + to_string(shape) + " is too long for a header");
  }
  std::string header(kMagic);
  header += {'\x01', '\x00', static_cast<char>(dict.size() & 0xFF), static_cast<char>(dict.size() >> 8)};
  return header + dict;
}

}  // namespace tandem
