// SPDX-License-Identifier: Apache-2.0
// One walk over nested arrays, one element reader a type.
#include "serve/v2/tensor_json.h"

#include <array>
#include <charconv>
#include <concepts>
#include <limits>
#include <optional>

#include "serve/http/json_text.h"
#include "serve/v2/datatype.h"
#include "serve/v2/json_float.h"
#include "serve/v2/usual_float.h"

namespace tandem::serve {
namespace {

std::string_view token_at(const char* at, const char* end) {
  const char* stop = at;
  while (stop != end && stop - at < 32 && *stop != ',' && *stop != ']' && *stop != ' ' && *stop != '\n') ++stop;
  return {at, static_cast<std::size_t>(stop - at)};
}

bool starts_with(const char* at, const char* end, std::string_view word) {
  return std::string_view(at, static_cast<std::size_t>(end - at)).starts_with(word);
}

// Each reads one element at `at` and returns the place behind it, or null.
template <std::floating_point T>
const char* read_element(const char* at, const char* end, T& value) {
  if (*at != '"') return read_json_float(at, end, value);
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  using Word = std::pair<std::string_view, T>;
  for (const auto& [word, meaning] : {Word{"\"NaN\"", std::numeric_limits<T>::quiet_NaN()},
                                      Word{"\"Infinity\"", kInfinity}, Word{"\"-Infinity\"", -kInfinity}}) {
    if (!starts_with(at, end, word)) continue;
    value = meaning;
    return at + word.size();
  }
  return nullptr;
}

template <std::integral T>
const char* read_element(const char* at, const char* end, T& value) {
  const char* const digits = *at == '-' ? at + 1 : at;
  if (end - digits >= 2 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9') return nullptr;
  T parsed{};
  const auto result = std::from_chars(at, end, parsed);
  if (result.ec != std::errc() || (std::unsigned_integral<T> && *at == '-')) return nullptr;
  if (result.ptr != end && (*result.ptr == '.' || *result.ptr == 'e' || *result.ptr == 'E')) return nullptr;
  value = parsed;
  return result.ptr;
}

const char* read_element(const char* at, const char* end, bool& value) {
  for (const auto& [word, meaning] :
       {std::pair<std::string_view, bool>{"true", true}, {"false", false}, {"1", true}, {"0", false}}) {
    if (!starts_with(at, end, word)) continue;
    value = meaning;
    return at + word.size();
  }
  return nullptr;
}

// One or more that follow each other directly; none when there is none at `at`.
using Elements = UsualRun;
template <typename T>
Elements read_elements(const char* at, const char* end, std::span<T> values) {
  if constexpr (std::same_as<T, float>) {
    const Elements usual = read_usual_floats(at, end, values);
    if (usual.count > 0) return usual;
  }
  const char* const after = read_element(at, end, values[0]);
  return {after != nullptr ? std::size_t{1} : 0, after};
}

Error too_many(std::size_t count) {
  return {Code::kInvalidArgument, "data: expected " + std::to_string(count) + " elements as the shape says, got more"};
}

// The next element when it follows as in arrays that a program wrote, behind "," or ", "; else null.
const char* next_element(const char* at, const char* end) {
  if (end - at < 3 || *at != ',') return nullptr;
  if (at[1] == ' ') return at[2] > ' ' && at[2] != '[' ? at + 2 : nullptr;  // a branch: all of an array are alike
  return at[1] > ' ' && at[1] != '[' ? at + 1 : nullptr;
}

// Calls read_run(at, index) where elements begin, with the index of the first; it reads one or more of those that
// follow each other directly, counts them in the index, and returns the place behind them, or an error.
template <typename ReadRun>
Status walk(JsonReader& reader, std::size_t count, ReadRun read_run) {
  if (reader.peek() != JsonReader::Kind::kArray) return fail(reader.unexpected("an array in data"));
  int depth = 0;
  std::size_t index = 0;
  bool value_due = true;     // a value or '[' may follow
  bool just_opened = false;  // then ']' may, too
  do {
    const char* const at = reader.cursor();
    if (at == reader.end()) return fail(reader.unexpected("',' or ']'"));
    if (*at == ',' && !value_due) {
      value_due = true;
      reader.set_cursor(at + 1);
    } else if (*at == ']' && (!value_due || just_opened)) {
      --depth;
      value_due = just_opened = false;
      reader.set_cursor(at + 1);
    } else if (!value_due) {
      return fail(reader.unexpected("',' or ']'"));
    } else if (*at == '[') {
      if (++depth > JsonReader::kMaximumDepth) return invalid_argument("data: nested deeper than 32 levels");
      just_opened = true;
      reader.set_cursor(at + 1);
    } else {
      if (index == count) return fail(too_many(count));
      reader.set_cursor(TRY(read_run(at, index)));
      value_due = just_opened = false;
    }
  } while (depth > 0);
  if (index != count) {
    return invalid_argument("data: expected " + std::to_string(count) + " elements as the shape says, got " +
                            std::to_string(index));
  }
  return {};
}

template <typename T>
Status read_values(JsonReader& reader, Tensor& tensor) {
  const std::span<T> values = tensor.mutable_values<T>();
  const char* const end = reader.end();
  const DType dtype = tensor.dtype();
  return walk(reader, values.size(), [=](const char* at, std::size_t& index) -> Result<const char*> {
    for (;;) {
      const Elements read = read_elements(at, end, values.subspan(index));
      if (read.count == 0) {
        return invalid_argument("data: element " + std::to_string(index) + ": expected a value of " +
                                std::string(v2_datatype(dtype)) + ", got " + std::string(token_at(at, end)));
      }
      index += read.count;
      at = next_element(read.after, end);
      if (at == nullptr || index == values.size()) return read.after;
    }
  });
}

Status read_strings(JsonReader& reader, Tensor& tensor) {
  const std::span<std::string> values = tensor.mutable_strings();
  return walk(reader, values.size(), [&](const char*, std::size_t& index) -> Result<const char*> {
    if (reader.peek() != JsonReader::Kind::kString) return fail(reader.unexpected("a string for BYTES"));
    values[index++] = TRY(reader.string());
    return reader.cursor();
  });
}

template <std::integral T>
void append_element(std::string& out, T value) {
  std::array<char, 24> text;
  out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
}
void append_element(std::string& out, bool value) { out += value ? "true" : "false"; }
void append_element(std::string& out, float value) { append_json_float(out, value); }
void append_element(std::string& out, double value) { append_json_float(out, value); }
void append_element(std::string& out, const std::string& value) { append_json_string(out, value); }

template <typename Values>
void append_values(std::string& out, const Values& values) {
  out.reserve(out.size() + values.size() * 8 + 2);
  out += '[';
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += ',';
    append_element(out, values[i]);
  }
  out += ']';
}

}  // namespace

Result<Tensor> read_json_tensor(JsonReader& reader, DType dtype, Shape shape) {
  if (!has_json_form(dtype)) {
    return fail(Code::kInvalidArgument, std::string(v2_datatype(dtype)) +
                                            " has no JSON form; send it as binary data (parameter binary_data_size)");
  }
  const auto count = shape.element_count();
  const auto available = static_cast<std::size_t>(reader.end() - reader.cursor());
  if (count && static_cast<std::size_t>(*count) > available / 2) {  // an element takes a character and a comma
    return invalid_argument("data: the shape " + to_string(shape) + " has more elements than there is text");
  }
  Tensor tensor = TRY(Tensor::allocate(dtype, std::move(shape)));
  switch (dtype) {
    case DType::kFloat32: TRY(read_values<float>(reader, tensor)); break;
    case DType::kFloat64: TRY(read_values<double>(reader, tensor)); break;
    case DType::kBool: TRY(read_values<bool>(reader, tensor)); break;
    case DType::kInt8: TRY(read_values<std::int8_t>(reader, tensor)); break;
    case DType::kInt16: TRY(read_values<std::int16_t>(reader, tensor)); break;
    case DType::kInt32: TRY(read_values<std::int32_t>(reader, tensor)); break;
    case DType::kInt64: TRY(read_values<std::int64_t>(reader, tensor)); break;
    case DType::kUint8: TRY(read_values<std::uint8_t>(reader, tensor)); break;
    case DType::kUint16: TRY(read_values<std::uint16_t>(reader, tensor)); break;
    case DType::kUint32: TRY(read_values<std::uint32_t>(reader, tensor)); break;
    case DType::kUint64: TRY(read_values<std::uint64_t>(reader, tensor)); break;
    default: TRY(read_strings(reader, tensor)); break;
  }
  return tensor;
}

void append_json_tensor(std::string& out, const Tensor& tensor) {
  switch (tensor.dtype()) {
    case DType::kFloat32: return append_values(out, tensor.values<float>());
    case DType::kFloat64: return append_values(out, tensor.values<double>());
    case DType::kBool: return append_values(out, tensor.values<bool>());
    case DType::kInt8: return append_values(out, tensor.values<std::int8_t>());
    case DType::kInt16: return append_values(out, tensor.values<std::int16_t>());
    case DType::kInt32: return append_values(out, tensor.values<std::int32_t>());
    case DType::kInt64: return append_values(out, tensor.values<std::int64_t>());
    case DType::kUint8: return append_values(out, tensor.values<std::uint8_t>());
    case DType::kUint16: return append_values(out, tensor.values<std::uint16_t>());
    case DType::kUint32: return append_values(out, tensor.values<std::uint32_t>());
    case DType::kUint64: return append_values(out, tensor.values<std::uint64_t>());
    default: return append_values(out, tensor.strings());
  }
}

}  // namespace tandem::serve
