// SPDX-License-Identifier: Apache-2.0
// What a pickle says of an array, put into the words of a .npy header, whose reader makes the tensor.
#include "formats/numpy_objects.h"

#include <fmt/format.h>

#include "core/half.h"
#include "formats/npy.h"

namespace tandem {
namespace {

/// "<f4": numpy.dtype('f4', ...) whose state is (3, '<', ...).
std::optional<std::string> descr_of(const PickleValue* dtype) {
  if (dtype == nullptr || dtype->class_name() != "numpy.dtype") return std::nullopt;
  const PickleValue* name = dtype->argument(0);
  if (name == nullptr || name->kind != PickleKind::kString || name->text.empty() || name->text.size() > 16) {
    return std::nullopt;
  }
  std::string order = "|";
  if (dtype->state != nullptr && dtype->state->items.size() > 1 && dtype->state->items[1]->text.size() == 1) {
    order = dtype->state->items[1]->text;
  }
  return order + name->text;
}

Result<Shape> shape_of(const PickleValue* value) {
  const bool sequence = value != nullptr && (value->kind == PickleKind::kTuple || value->kind == PickleKind::kList);
  if (!sequence || value->items.size() > 64) return invalid_argument("numpy: an array without a shape");
  std::vector<std::int64_t> dims;
  for (const PickleValue* item : value->items) {
    if (item->kind != PickleKind::kInt || item->integer < 0) return invalid_argument("numpy: an array without a shape");
    dims.push_back(item->integer);
  }
  return Shape(std::move(dims));
}

/// The parts of an array, wherever the call has them.
struct ArrayParts {
  const PickleValue* shape = nullptr;
  const PickleValue* dtype = nullptr;
  const PickleValue* bytes = nullptr;
  bool fortran_order = false;
};

/// _reconstruct(...) with the state (version, shape, dtype, is_fortran, bytes); the version may be absent.
std::optional<ArrayParts> parts_of_state(const PickleValue* state) {
  if (state == nullptr || state->kind != PickleKind::kTuple || state->items.size() < 4) return std::nullopt;
  const std::size_t first = state->items.size() - 4;
  return ArrayParts{state->items[first], state->items[first + 1], state->items[first + 3],
                    state->items[first + 2]->boolean || state->items[first + 2]->integer != 0};
}

/// _frombuffer(bytes, dtype, shape, order)
std::optional<ArrayParts> parts_of_buffer(const PickleValue& call) {
  const PickleValue* order = call.argument(3);
  if (order == nullptr) return std::nullopt;
  return ArrayParts{call.argument(2), call.argument(1), call.argument(0), order->text == "F"};
}

}  // namespace

std::optional<std::variant<bool, std::int64_t, double>> numpy_scalar(const PickleValue& dtype, std::string_view bytes) {
  const auto descr = descr_of(&dtype);
  if (!descr || bytes.size() > 8) return std::nullopt;
  const NpyHeader header{*descr, false, {}, 0};
  const auto number = read_npy_elements(header, std::as_bytes(std::span(bytes)));
  if (!number) return std::nullopt;
  switch (number->dtype()) {
    case DType::kBool: return number->values<bool>()[0];
    case DType::kInt8: return number->values<std::int8_t>()[0];
    case DType::kInt16: return number->values<std::int16_t>()[0];
    case DType::kInt32: return number->values<std::int32_t>()[0];
    case DType::kInt64: return number->values<std::int64_t>()[0];
    case DType::kUint8: return number->values<std::uint8_t>()[0];
    case DType::kUint16: return number->values<std::uint16_t>()[0];
    case DType::kUint32: return std::int64_t{number->values<std::uint32_t>()[0]};
    case DType::kFloat16: return to_float(number->values<Float16>()[0]);
    case DType::kFloat32: return number->values<float>()[0];
    case DType::kFloat64: return number->values<double>()[0];
    default: return std::nullopt;
  }
}

Result<Tensor> numpy_array(const PickleValue& call) {
  const bool by_state = call.callable != nullptr && call.callable->attribute == "_reconstruct";
  const auto parts = by_state ? parts_of_state(call.state) : parts_of_buffer(call);
  if (!parts) return invalid_argument("numpy: an array without a state");
  const auto descr = descr_of(parts->dtype);
  if (!descr) return fail(Code::kUnimplemented, "numpy: an array of a type that is no plain number");
  Shape shape = TRY(shape_of(parts->shape));
  const bool is_data = parts->bytes->kind == PickleKind::kBytes || parts->bytes->kind == PickleKind::kString;
  if (!is_data) return invalid_argument(fmt::format("numpy: an array of '{}' without its elements", *descr));
  const NpyHeader header{*descr, parts->fortran_order, std::move(shape), 0};
  return read_npy_elements(header, std::as_bytes(std::span(parts->bytes->text)));
}

}  // namespace tandem
