// SPDX-License-Identifier: Apache-2.0
// The header is read event by event, so that no tree of a hostile one is ever built.
#include "formats/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <set>
#include <string_view>

#include "base/bytes.h"
#include "base/file.h"
#include "formats/named_dtype.h"

namespace tandem {
namespace {

constexpr std::size_t kLengthBytes = 8;
constexpr std::uint64_t kMaxHeader = 100'000'000;
constexpr std::size_t kMaxSafetensorsRank = 64;
constexpr std::string_view kMetadata = "__metadata__";

constexpr std::array<NamedDType, 15> kSafetensorsTypes = {{{"F64", DType::kFloat64},
                                                           {"F32", DType::kFloat32},
                                                           {"F16", DType::kFloat16},
                                                           {"BF16", DType::kBfloat16},
                                                           {"F8_E4M3", DType::kFloat8e4m3fn},
                                                           {"F8_E5M2", DType::kFloat8e5m2},
                                                           {"I64", DType::kInt64},
                                                           {"I32", DType::kInt32},
                                                           {"I16", DType::kInt16},
                                                           {"I8", DType::kInt8},
                                                           {"U64", DType::kUint64},
                                                           {"U32", DType::kUint32},
                                                           {"U16", DType::kUint16},
                                                           {"U8", DType::kUint8},
                                                           {"BOOL", DType::kBool}}};

/// One tensor as the header has it.
struct TensorEntry {
  std::string name;
  std::optional<std::string> dtype;
  std::optional<std::vector<std::uint64_t>> shape;
  std::optional<std::vector<std::uint64_t>> offsets;
};

/// Takes the header's events: {name: {"dtype", "shape", "data_offsets"}, "__metadata__": {text: text}}. A member
/// function that returns false ends the reading; `problem` says why. The names are nlohmann's.
class HeaderReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::vector<TensorEntry> entries;
  std::map<std::string, std::string> metadata;
  std::string problem;

  bool start_object(std::size_t /*size*/) override {
    if (depth_ == 2 || list_ != nullptr) return refuse("an object where none belongs");
    ++depth_;
    return true;
  }
  bool end_object() override {
    --depth_;
    return true;
  }
  bool key(std::string& text) override {
    key_ = text;
    if (depth_ == 2) return true;
    if (!names_.insert(text).second) return refuse(fmt::format("'{}' stands there twice", text));
    in_metadata_ = text == kMetadata;
    if (!in_metadata_) entries.emplace_back().name = text;
    return true;
  }
  bool string(std::string& text) override {
    if (depth_ != 2 || list_ != nullptr) return refuse("a text where none belongs");
    if (in_metadata_) return metadata.emplace(key_, text).second || refuse("a key of the metadata stands there twice");
    if (key_ != "dtype" || entries.back().dtype) return unexpected_field();
    entries.back().dtype = text;
    return true;
  }
  bool start_array(std::size_t /*size*/) override {
    if (depth_ != 2 || in_metadata_ || list_ != nullptr) return refuse("a list where none belongs");
    auto& list = key_ == "shape" ? entries.back().shape : entries.back().offsets;
    if ((key_ != "shape" && key_ != "data_offsets") || list) return unexpected_field();
    list_ = &list.emplace();
    return true;
  }
  bool end_array() override {
    list_ = nullptr;
    return true;
  }
  bool number_unsigned(std::uint64_t number) override {
    if (list_ == nullptr) return refuse("a number where none belongs");
    if (list_->size() == kMaxSafetensorsRank) return refuse("a list that is too long");
    list_->push_back(number);
    return true;
  }
  bool number_integer(std::int64_t /*number*/) override { return refuse("a negative number"); }
  bool number_float(double /*number*/, const std::string& /*text*/) override { return refuse("a fraction"); }
  bool null() override { return refuse("null"); }
  bool boolean(bool /*value*/) override { return refuse("true or false"); }
  bool binary(nlohmann::json::binary_t& /*value*/) override { return refuse("binary data"); }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::json::exception& /*error*/) override {
    return refuse(fmt::format("no JSON from byte {} on", position));
  }

 private:
  bool refuse(std::string what) {
    problem = std::move(what);
    return false;
  }
  bool unexpected_field() {
    return refuse(fmt::format("'{}' has a field '{}' where dtype, shape and data_offsets belong, once each",
                              entries.back().name, key_));
  }

  int depth_ = 0;
  bool in_metadata_ = false;
  std::string key_;
  std::set<std::string, std::less<>> names_;
  std::vector<std::uint64_t>* list_ = nullptr;
};

struct Header {
  HeaderReader content;
  std::span<const std::byte> data;  // what stands behind it
};

Status read_header(std::span<const std::byte> file, Header& header) {
  std::uint64_t length = 0;
  if (file.size() < kLengthBytes) return invalid_argument("safetensors: the file is too short for a header");
  std::memcpy(&length, file.data(), kLengthBytes);
  if (length > kMaxHeader) {
    return fail(Code::kResourceExhausted,
                fmt::format("safetensors: a header of {} bytes; at most {} are read", length, kMaxHeader));
  }
  if (length > file.size() - kLengthBytes) {
    return invalid_argument(
        fmt::format("safetensors: a header of {} bytes, of which the file has {}", length, file.size() - kLengthBytes));
  }
  const std::string_view text = as_text(file.subspan(kLengthBytes, length));
  if (!text.starts_with('{')) return invalid_argument("safetensors: the header does not begin with {");
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &header.content)) {
    return invalid_argument(fmt::format("safetensors: the header holds {}", header.content.problem));
  }
  header.data = file.subspan(kLengthBytes + length);
  return {};
}

/// Where a tensor's elements lie, checked against its type and shape.
struct Placed {
  const TensorEntry* entry = nullptr;
  DType dtype = DType::kUndefined;
  Shape shape;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

Result<Placed> place(const TensorEntry& entry, std::size_t data_bytes) {
  if (!entry.dtype || !entry.shape || !entry.offsets || entry.offsets->size() != 2) {
    return invalid_argument(
        fmt::format("safetensors: '{}' lacks one of dtype, shape and two data_offsets", entry.name));
  }
  const auto dtype = find_dtype(kSafetensorsTypes, *entry.dtype);
  if (!dtype) {
    return fail(Code::kUnimplemented, fmt::format("safetensors: '{}' has elements of type '{}', which is not read",
                                                  entry.name, *entry.dtype));
  }
  Placed placed{&entry, *dtype, {}, (*entry.offsets)[0], (*entry.offsets)[1]};
  std::vector<std::int64_t> dims;
  for (const std::uint64_t dim : *entry.shape) {
    if (dim > INT64_MAX) return invalid_argument(fmt::format("safetensors: '{}' is too large", entry.name));
    dims.push_back(static_cast<std::int64_t>(dim));
  }
  placed.shape = Shape(std::move(dims));
  const auto count = placed.shape.element_count();
  const auto size = count ? byte_size(placed.dtype, static_cast<std::size_t>(*count)) : std::nullopt;
  if (placed.begin > placed.end || placed.end > data_bytes || !size || *size != placed.end - placed.begin) {
    return invalid_argument(fmt::format("safetensors: '{}' of {}{} lies at bytes {} to {} of {}, which does not fit",
                                        entry.name, dtype_name(placed.dtype), to_string(placed.shape), placed.begin,
                                        placed.end, data_bytes));
  }
  return placed;
}

Status check_no_gaps(const std::vector<Placed>& placed, std::size_t data_bytes) {
  std::uint64_t at = 0;
  for (const Placed& tensor : placed) {
    if (tensor.begin != at) {
      return invalid_argument(
          fmt::format("safetensors: '{}' begins at byte {} where {} was expected: tensors overlap "
                      "or leave a gap",
                      tensor.entry->name, tensor.begin, at));
    }
    at = tensor.end;
  }
  if (at == data_bytes) return {};
  return invalid_argument(
      fmt::format("safetensors: {} bytes behind the header, of which the tensors take {}", data_bytes, at));
}

Result<Tensor> tensor_of(const Placed& placed, std::span<const std::byte> data, std::shared_ptr<const void> owner) {
  const auto bytes = data.subspan(placed.begin, placed.end - placed.begin);
  const bool bad_bool = placed.dtype == DType::kBool &&
                        std::ranges::any_of(bytes, [](std::byte byte) { return std::to_integer<int>(byte) > 1; });
  if (bad_bool) {
    return invalid_argument(fmt::format("safetensors: '{}' holds other bools than 0 and 1", placed.entry->name));
  }
  const auto width = static_cast<std::size_t>(bit_width(placed.dtype)) / 8;
  Tensor tensor = TRY(Tensor::borrow(placed.dtype, placed.shape, bytes, std::move(owner)));
  // Only other writers than the reference's leave elements unaligned.
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % width != 0) return tensor.clone();
  return tensor;
}

Result<std::string_view> type_name(const NamedTensor& entry) {
  if (const auto name = find_dtype_name(kSafetensorsTypes, entry.tensor.dtype())) return *name;
  return fail(Code::kUnimplemented,
              fmt::format("safetensors has no type for '{}' of {}", entry.name, dtype_name(entry.tensor.dtype())));
}

/// The length and the JSON, padded with spaces so that the elements begin at a multiple of eight.
std::string header_text(const nlohmann::ordered_json& header) {
  std::string json = header.dump();
  json.append((8 - json.size() % 8) % 8, ' ');
  const std::uint64_t length = json.size();
  std::string text(kLengthBytes, '\0');
  std::memcpy(text.data(), &length, kLengthBytes);
  return text + json;
}

Result<std::string> make_header(const std::vector<const NamedTensor*>& ordered,
                                const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header[std::string(kMetadata)] = metadata;
  std::uint64_t at = 0;
  for (const NamedTensor* entry : ordered) {
    const std::string_view type = TRY(type_name(*entry));
    const std::uint64_t end = at + entry->tensor.byte_size();
    header[entry->name] = {{"dtype", type}, {"shape", entry->tensor.shape().dims()}, {"data_offsets", {at, end}}};
    at = end;
  }
  try {
    return header_text(header);
  } catch (const nlohmann::json::type_error&) {
    return invalid_argument("safetensors: a name or the metadata is no UTF-8");
  }
}

}  // namespace

Result<Safetensors> read_safetensors(std::span<const std::byte> file, const std::shared_ptr<const void>& owner) {
  Header header;
  TRY(read_header(file, header));
  std::vector<Placed> placed;
  for (const TensorEntry& entry : header.content.entries) placed.push_back(TRY(place(entry, header.data.size())));
  std::ranges::stable_sort(
      placed, [](const Placed& a, const Placed& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
  TRY(check_no_gaps(placed, header.data.size()));
  Safetensors result;
  result.metadata = std::move(header.content.metadata);
  for (const Placed& entry : placed) {
    Tensor tensor = TRY(tensor_of(entry, header.data, owner));
    result.tensors.push_back({entry.entry->name, std::move(tensor)});
  }
  return result;
}

Status write_safetensors(const std::filesystem::path& path, std::span<const NamedTensor> tensors,
                         const std::map<std::string, std::string>& metadata) {
  std::vector<const NamedTensor*> ordered;
  for (const NamedTensor& entry : tensors) ordered.push_back(&entry);
  std::ranges::sort(ordered, [](const NamedTensor* a, const NamedTensor* b) {
    return std::pair(-bit_width(a->tensor.dtype()), std::string_view(a->name)) <
           std::pair(-bit_width(b->tensor.dtype()), std::string_view(b->name));
  });
  std::set<std::string_view> names = {kMetadata};
  for (const NamedTensor* entry : ordered) {
    if (!names.insert(entry->name).second) {
      return invalid_argument(fmt::format("safetensors: the name '{}' is taken", entry->name));
    }
  }
  const std::string header = TRY(make_header(ordered, metadata));
  std::vector<std::string_view> pieces = {header};
  for (const NamedTensor* entry : ordered) {
    const auto bytes = entry->tensor.bytes();
    pieces.emplace_back(as_text(bytes));
  }
  return write_file_atomic(path, pieces);
}

}  // namespace tandem
