// SPDX-License-Identifier: Apache-2.0
// Arguments to tensors, checked against the model.
#include "app/run/tensor_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/file.h"
#include "core/spec_list.h"
#include "formats/npy.h"

namespace tandem::app {
namespace {

std::string list_names(std::span<const TensorSpec> specs) {
  std::vector<std::string> names;
  for (const TensorSpec& spec : specs) names.push_back(to_string(spec));
  return fmt::format("{}", fmt::join(names, "; "));
}

/// The one input that must be given; nothing when there is more than one, or none.
std::optional<std::size_t> only_required(std::span<const TensorSpec> specs) {
  std::optional<std::size_t> only;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (specs[i].optional) continue;
    if (only) return std::nullopt;
    only = i;
  }
  return only;
}

Result<Tensor> read_tensor(const std::filesystem::path& path, const TensorSpec& spec) {
  const MappedFile file = TRY(MappedFile::open(path));
  auto tensor = read_npy(file.bytes());
  if (!tensor) return fail(tensor.error().with_context(path.string()));
  const Status fits = check_matches(spec, *tensor);
  if (!fits) return fail(fits.error().with_context(path.string()));
  return tensor;
}

}  // namespace

bool is_npy(std::span<const std::byte> bytes) {
  constexpr std::string_view kMagic = "\x93NUMPY";
  return bytes.size() >= kMagic.size() && std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) == 0;
}

bool names_input(std::span<const TensorSpec> specs, const std::string& argument) {
  const auto equals = argument.find('=');
  return equals != std::string::npos && find_spec(specs, std::string_view(argument).substr(0, equals)).has_value();
}

Result<std::vector<Tensor>> read_tensors(std::span<const TensorSpec> specs, std::span<const std::string> arguments) {
  std::vector<Tensor> tensors(specs.size());
  for (const std::string& argument : arguments) {
    const bool named = names_input(specs, argument);
    const auto equals = argument.find('=');
    const auto index = named ? find_spec(specs, std::string_view(argument).substr(0, equals)) : only_required(specs);
    if (!index) {
      return invalid_argument(
          fmt::format("'{}' names no input of the model: expected NAME=FILE.npy for {}", argument, list_names(specs)));
    }
    if (!tensors[*index].empty()) {
      return invalid_argument(fmt::format("input '{}' is given twice", specs[*index].name));
    }
    tensors[*index] = TRY(read_tensor(named ? argument.substr(equals + 1) : argument, specs[*index]));
  }
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (tensors[i].empty() && !specs[i].optional) {
      return invalid_argument(
          fmt::format("input '{}' is missing: expected NAME=FILE.npy for {}", specs[i].name, list_names(specs)));
    }
  }
  return tensors;
}

Status write_tensor(const std::filesystem::path& file, const Tensor& tensor) {
  const std::vector<std::byte> bytes = TRY(write_npy(tensor));
  return write_file_atomic(file, as_text(bytes));
}

}  // namespace tandem::app
