// SPDX-License-Identifier: Apache-2.0
// Locations are hostile: they must stay in the model's folder after every link is followed.
#include "graph/onnx_external.h"

#include <algorithm>
#include <charconv>

#include "base/file.h"
#include "graph/onnx_entries.h"

namespace tandem::onnx {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kExternalDataField = 13;  // of TensorProto
constexpr std::size_t kMaxFiles = 4096;

std::optional<std::uint64_t> number(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

bool leads_out(const fs::path& location) {
  return location.empty() || location.is_absolute() || location.native().find('\0') != std::string::npos ||
         std::find(location.begin(), location.end(), "..") != location.end();
}

bool is_inside(const fs::path& file, const fs::path& folder) {
  const auto [rest, end] = std::mismatch(folder.begin(), folder.end(), file.begin(), file.end());
  return rest == folder.end();
}

}  // namespace

Result<ExternalPlace> read_external_place(const OnnxMessage& tensor) {
  ExternalPlace place;
  TRY(tensor.each("tensor", [&](const ProtobufField& field) -> Status {
    if (!field.is(kExternalDataField, Wire::kBytes)) return {};
    const auto [key, value] = TRY(read_metadata_entry(tensor.inside(field)));
    if (key == "location") place.location = value;
    if (key != "offset" && key != "length") return {};
    const auto parsed = number(value);
    if (!parsed)
      return tensor.refuse("tensor", fmt::format("has the {} '{}', which is no number", key, value.substr(0, 40)));
    if (key == "offset") {
      place.offset = *parsed;
    } else {
      place.length = parsed;
    }
    return {};
  }));
  if (place.location.empty()) return tensor.refuse("tensor", "lies in another file and does not say in which");
  return place;
}

Result<ExternalFiles::Mapping> ExternalFiles::open(const std::string& location) {
  if (const auto known = files_.find(location); known != files_.end()) return known->second;
  if (files_.size() >= kMaxFiles) {
    return fail(Code::kResourceExhausted, fmt::format("the model's weights lie in more than {} files", kMaxFiles));
  }
  const auto refuse = [&](std::string_view why) {
    return fail(Code::kPermissionDenied,
                fmt::format("the model's weights are said to lie in '{}', {}: weights must lie in the "
                            "folder of the model",
                            location.substr(0, 200), why));
  };
  if (leads_out(location)) return refuse("which is no path inside a folder");
  std::error_code error;
  const fs::path folder = fs::canonical(folder_.empty() ? fs::path(".") : folder_, error);
  const fs::path file = error ? fs::path() : fs::canonical(folder / location, error);
  if (error)
    return not_found(
        fmt::format("the model's weights should lie in '{}', which is not there", location.substr(0, 200)));
  if (!is_inside(file, folder)) return refuse("which links to another folder");
  if (!fs::is_regular_file(file, error)) return refuse("which is no file");
  auto mapped = std::make_shared<MappedFile>(TRY(MappedFile::open(file)));
  const std::span<const std::byte> bytes = mapped->bytes();
  return files_.emplace(location, Mapping{bytes, std::move(mapped)}).first->second;
}

Result<ExternalFiles::Piece> ExternalFiles::find(const ExternalPlace& place) {
  const Mapping mapping = TRY(open(place.location));
  const std::uint64_t size = mapping.bytes.size();
  const std::uint64_t length = place.length.value_or(place.offset <= size ? size - place.offset : 0);
  if (place.offset > size || length > size - place.offset) {
    return invalid_argument(
        fmt::format("'{}' has {} bytes; a weight should take {} from byte {} on: the file is cut off or "
                    "of another model",
                    place.location.substr(0, 200), size, length, place.offset));
  }
  const auto bytes = mapping.bytes.subspan(static_cast<std::size_t>(place.offset), static_cast<std::size_t>(length));
  return Piece{bytes, mapping.owner};
}

}  // namespace tandem::onnx
