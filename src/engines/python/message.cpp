// SPDX-License-Identifier: Apache-2.0
// Little-endian numbers, counted texts, counted lists; nothing is read before its length was checked.
#include "engines/python/message.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstring>
#include <string_view>

#include "base/bytes.h"

namespace tandem::python {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the wire is little-endian, and numbers are copied as they are");

tl::unexpected<Error> broken(std::string what) {
  return fail(Code::kDataLoss, "a message of the Python worker is broken: " + std::move(what));
}

class Writer final {
 public:
  explicit Writer(Kind kind) {
    number(std::uint32_t{0});
    number(static_cast<std::uint16_t>(kind));
    number(std::uint16_t{0});
  }

  template <std::integral T>
  void number(T value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  void text(std::string_view value) {
    number(static_cast<std::uint32_t>(value.size()));
    bytes_.append(value);
  }

  std::string take() {
    const auto body_bytes = static_cast<std::uint32_t>(bytes_.size() - kHeaderBytes);
    std::memcpy(bytes_.data(), &body_bytes, sizeof(body_bytes));
    return std::move(bytes_);
  }

 private:
  std::string bytes_;
};

void write_places(Writer& writer, std::span<const TensorPlace> places) {
  writer.number(static_cast<std::uint32_t>(places.size()));
  for (const TensorPlace& place : places) {
    writer.number(static_cast<std::uint8_t>(place.dtype));
    writer.number(static_cast<std::uint8_t>(place.shape.rank()));
    writer.number(place.offset);
    for (const std::int64_t dim : place.shape.dims()) writer.number(dim);
  }
}

class Reader final {
 public:
  explicit Reader(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <std::integral T>
  Result<T> number(std::string_view what) {
    if (rest_.size() < sizeof(T)) return broken(fmt::format("it ends before {}", what));
    T value{};
    std::memcpy(&value, rest_.data(), sizeof(T));
    rest_ = rest_.subspan(sizeof(T));
    return value;
  }

  Result<std::string> text(std::string_view what) {
    const auto size = TRY(number<std::uint32_t>(what));
    if (size > kMaxTextBytes || size > rest_.size()) {
      return broken(
          fmt::format("{} has {} bytes, but {} follow and {} are allowed", what, size, rest_.size(), kMaxTextBytes));
    }
    std::string value(as_text(rest_.first(size)));
    rest_ = rest_.subspan(size);
    return value;
  }

  Result<std::size_t> count(std::string_view what) {
    const auto value = TRY(number<std::uint32_t>(what));
    if (value > kMaxTensors) return broken(fmt::format("{} {}, at most {} are allowed", value, what, kMaxTensors));
    return value;
  }

  Result<DType> dtype(std::string_view what) {
    const auto value = TRY(number<std::uint8_t>(what));
    if (value >= kDTypeCount) return broken(fmt::format("{} is element type {}, which there is not", what, value));
    return static_cast<DType>(value);
  }

  Result<std::size_t> rank(std::string_view what) {
    const auto value = TRY(number<std::uint8_t>(what));
    if (value > kMaxRank) {
      return broken(fmt::format("{} has {} dimensions, at most {} are allowed", what, value, kMaxRank));
    }
    return value;
  }

  Status end() const {
    if (rest_.empty()) return {};
    return broken(fmt::format("{} bytes follow its end", rest_.size()));
  }

 private:
  std::span<const std::byte> rest_;
};

Result<Dim> read_dim(Reader& reader) {
  Dim dim;
  dim.size = TRY(reader.number<std::int64_t>("a dimension"));
  dim.name = TRY(reader.text("the name of a dimension"));
  if (dim.size < -1 || (dim.size >= 0 && !dim.name.empty())) {
    return broken(fmt::format("a dimension '{}' of size {}", dim.name, dim.size));
  }
  return dim;
}

Result<TensorSpec> read_spec(Reader& reader) {
  TensorSpec spec;
  spec.name = TRY(reader.text("the name of a tensor"));
  spec.dtype = TRY(reader.dtype("a tensor"));
  spec.optional = TRY(reader.number<std::uint8_t>("whether a tensor is optional")) != 0;
  const std::size_t rank = TRY(reader.rank("a tensor"));
  for (std::size_t i = 0; i < rank; ++i) spec.shape.dims.push_back(TRY(read_dim(reader)));
  if (spec.name.empty()) return broken("a tensor has no name");
  if (!is_numpy_dtype(spec.dtype)) {
    return broken(fmt::format("tensor '{}' is of type {}, which NumPy has not", spec.name, dtype_name(spec.dtype)));
  }
  return spec;
}

Result<std::vector<TensorSpec>> read_specs(Reader& reader, std::string_view what) {
  const std::size_t count = TRY(reader.count(what));
  std::vector<TensorSpec> specs;
  for (std::size_t i = 0; i < count; ++i) {
    TensorSpec spec = TRY(read_spec(reader));
    const bool twice = std::ranges::find(specs, spec.name, &TensorSpec::name) != specs.end();
    if (twice) return broken(fmt::format("two {} are called '{}'", what, spec.name));
    specs.push_back(std::move(spec));
  }
  return specs;
}

Result<std::vector<Stage>> read_stages(Reader& reader) {
  const auto count = TRY(reader.number<std::uint8_t>("the number of stages"));
  if (count > kMaxStages) return broken(fmt::format("{} stages, at most {} are allowed", count, kMaxStages));
  std::vector<Stage> stages;
  for (std::size_t i = 0; i < count; ++i) {
    Stage stage;
    stage.name = TRY(reader.text("the name of a stage"));
    stage.workers = TRY(reader.number<std::uint32_t>("the workers of a stage"));
    if (stage.workers == 0 || stage.workers > kMaxStageWorkers) {
      return broken(
          fmt::format("stage '{}' has {} workers; 1 to {} are allowed", stage.name, stage.workers, kMaxStageWorkers));
    }
    stages.push_back(std::move(stage));
  }
  return stages;
}

Result<TensorPlace> read_place(Reader& reader) {
  TensorPlace place;
  place.dtype = TRY(reader.dtype("a result"));
  const std::size_t rank = TRY(reader.rank("a result"));
  place.offset = TRY(reader.number<std::uint64_t>("the offset of a result"));
  std::vector<std::int64_t> dims;
  for (std::size_t i = 0; i < rank; ++i) dims.push_back(TRY(reader.number<std::int64_t>("a dimension")));
  place.shape = Shape(std::move(dims));
  if (!is_numpy_dtype(place.dtype)) return broken(fmt::format("a result of type {}", dtype_name(place.dtype)));
  if (!place.shape.element_count()) return broken(fmt::format("a result of shape {}", to_string(place.shape)));
  return place;
}

Result<std::vector<TensorPlace>> read_places(Reader& reader) {
  const std::size_t count = TRY(reader.count("results"));
  std::vector<TensorPlace> places;
  for (std::size_t i = 0; i < count; ++i) places.push_back(TRY(read_place(reader)));
  return places;
}

}  // namespace

bool is_numpy_dtype(DType dtype) {
  switch (dtype) {
    case DType::kFloat16:
    case DType::kFloat32:
    case DType::kFloat64:
    case DType::kInt8:
    case DType::kInt16:
    case DType::kInt32:
    case DType::kInt64:
    case DType::kUint8:
    case DType::kUint16:
    case DType::kUint32:
    case DType::kUint64:
    case DType::kBool:
    case DType::kComplex64:
    case DType::kComplex128: return true;
    default: return false;
  }
}

Result<Header> parse_header(std::span<const std::byte> bytes) {
  Reader reader(bytes);
  Header header;
  header.body_bytes = TRY(reader.number<std::uint32_t>("its length"));
  header.kind = static_cast<Kind>(TRY(reader.number<std::uint16_t>("its kind")));
  const auto reserved = TRY(reader.number<std::uint16_t>("its header's end"));
  if (header.body_bytes > kMaxBodyBytes) {
    return broken(
        fmt::format("it says that {} bytes follow, at most {} are allowed", header.body_bytes, kMaxBodyBytes));
  }
  if (reserved != 0) return broken("reserved bytes of its header are not zero");
  return header;
}

std::string encode_load(const LoadMessage& message) {
  Writer writer(Kind::kLoad);
  writer.text(message.code);
  writer.text(message.checkpoint);
  writer.text(message.device);
  writer.number(message.device_id);
  writer.number(message.threads);
  writer.number(static_cast<std::uint8_t>(message.allow_pickle ? 1 : 0));
  writer.number(message.stage);
  return writer.take();
}

std::string encode_memory(Area area, std::uint64_t bytes) {
  Writer writer(Kind::kMemory);
  writer.number(static_cast<std::uint8_t>(area));
  writer.number(bytes);
  return writer.take();
}

std::string encode_run(std::span<const TensorPlace> inputs) {
  Writer writer(Kind::kRun);
  write_places(writer, inputs);
  return writer.take();
}

std::string encode_continue(const Value& value) {
  Writer writer(Kind::kContinue);
  write_places(writer, value.places);
  writer.text(value.structure);
  return writer.take();
}
Result<ReadyMessage> parse_ready(std::span<const std::byte> body) {
  Reader reader(body);
  ReadyMessage message;
  message.runtime = TRY(reader.text("the runtime"));
  message.device = TRY(reader.text("the device"));
  message.name = TRY(reader.text("the model's name"));
  message.description = TRY(reader.text("the description"));
  message.inputs = TRY(read_specs(reader, "inputs"));
  message.outputs = TRY(read_specs(reader, "outputs"));
  message.stages = TRY(read_stages(reader));
  TRY(reader.end());
  if (message.outputs.empty()) return broken("the model has no outputs");
  return message;
}

Result<std::vector<TensorPlace>> parse_result(std::span<const std::byte> body) {
  Reader reader(body);
  std::vector<TensorPlace> places = TRY(read_places(reader));
  TRY(reader.end());
  return places;
}

Result<Value> parse_value(std::span<const std::byte> body) {
  Reader reader(body);
  Value value;
  value.places = TRY(read_places(reader));
  value.structure = TRY(reader.text("the structure of a value"));
  TRY(reader.end());
  return value;
}

Result<std::uint64_t> parse_need_memory(std::span<const std::byte> body) {
  Reader reader(body);
  const auto bytes = TRY(reader.number<std::uint64_t>("how much memory is needed"));
  TRY(reader.end());
  return bytes;
}

Result<Error> parse_failed(std::span<const std::byte> body) {
  Reader reader(body);
  const auto code = TRY(reader.number<std::uint32_t>("the code of an error"));
  std::string message = TRY(reader.text("the sentence of an error"));
  TRY(reader.end());
  if (code < static_cast<std::uint32_t>(Code::kCancelled) ||
      code > static_cast<std::uint32_t>(Code::kUnauthenticated)) {
    return broken(fmt::format("there is no error code {}", code));
  }
  return Error{static_cast<Code>(code), std::move(message)};
}

}  // namespace tandem::python
