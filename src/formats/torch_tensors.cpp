// SPDX-License-Identifier: Apache-2.0
// Storages, strides and bounds of the tensors in a torch checkpoint.
#include "formats/torch_tensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

namespace tandem {
namespace {

struct StorageType {
  std::string_view name;
  DType dtype;
};
constexpr std::array<StorageType, 12> kStorageTypes = {{{"FloatStorage", DType::kFloat32},
                                                        {"DoubleStorage", DType::kFloat64},
                                                        {"HalfStorage", DType::kFloat16},
                                                        {"BFloat16Storage", DType::kBfloat16},
                                                        {"LongStorage", DType::kInt64},
                                                        {"IntStorage", DType::kInt32},
                                                        {"ShortStorage", DType::kInt16},
                                                        {"CharStorage", DType::kInt8},
                                                        {"ByteStorage", DType::kUint8},
                                                        {"BoolStorage", DType::kBool},
                                                        {"ComplexFloatStorage", DType::kComplex64},
                                                        {"ComplexDoubleStorage", DType::kComplex128}}};

constexpr std::array<StorageType, 17> kTorchDtypes = {{{"float32", DType::kFloat32},
                                                       {"float64", DType::kFloat64},
                                                       {"float16", DType::kFloat16},
                                                       {"bfloat16", DType::kBfloat16},
                                                       {"int64", DType::kInt64},
                                                       {"int32", DType::kInt32},
                                                       {"int16", DType::kInt16},
                                                       {"int8", DType::kInt8},
                                                       {"uint8", DType::kUint8},
                                                       {"uint16", DType::kUint16},
                                                       {"uint32", DType::kUint32},
                                                       {"uint64", DType::kUint64},
                                                       {"bool", DType::kBool},
                                                       {"float8_e4m3fn", DType::kFloat8e4m3fn},
                                                       {"float8_e5m2", DType::kFloat8e5m2},
                                                       {"complex64", DType::kComplex64},
                                                       {"complex128", DType::kComplex128}}};

constexpr std::array<std::string_view, 14> kKnownGlobals = {"collections.OrderedDict",
                                                            "collections.defaultdict",
                                                            "collections.Counter",
                                                            "torch._utils._rebuild_tensor",
                                                            "torch._utils._rebuild_tensor_v2",
                                                            "torch._utils._rebuild_tensor_v3",
                                                            "torch._utils._rebuild_parameter",
                                                            "torch._utils._rebuild_parameter_with_state",
                                                            "torch.Size",
                                                            "torch.device",
                                                            "torch.nn.parameter.Parameter",
                                                            "torch.storage.UntypedStorage",
                                                            "_codecs.encode",
                                                            "torch.serialization._get_layout"};

template <std::size_t N>
std::optional<DType> look_up(const std::array<StorageType, N>& table, std::string_view name) {
  const auto row = std::find_if(table.begin(), table.end(), [&](const StorageType& type) { return type.name == name; });
  return row == table.end() ? std::nullopt : std::optional(row->dtype);
}

bool is_torch_call(const PickleValue& value, std::string_view name) {
  return value.kind == PickleKind::kObject && value.callable != nullptr &&
         value.callable->is_global("torch._utils", name);
}

const PickleValue* argument(const PickleValue& call, std::size_t index) {
  const PickleValue& tuple = call.kind == PickleKind::kTuple ? call : *call.items[0];
  return index < tuple.items.size() ? tuple.items[index] : nullptr;
}

/// A tuple, list or torch.Size of integers, each >= 0.
Result<std::vector<std::int64_t>> sizes_of(const PickleValue* value, std::string_view what) {
  if (value != nullptr && value->kind == PickleKind::kObject && value->callable->is_global("torch", "Size")) {
    value = argument(*value, 0);
  }
  const bool sequence = value != nullptr && (value->kind == PickleKind::kTuple || value->kind == PickleKind::kList);
  if (!sequence || value->items.size() > 64)
    return invalid_argument(fmt::format("torch: {} of a tensor are no tuple", what));
  std::vector<std::int64_t> sizes;
  for (const PickleValue* item : value->items) {
    if (item->kind != PickleKind::kInt || item->integer < 0) {
      return invalid_argument(fmt::format("torch: {} of a tensor must be integers of at least 0", what));
    }
    sizes.push_back(item->integer);
  }
  return sizes;
}

/// One past the highest element that sizes and strides reach; 0 for an empty tensor; nothing on overflow.
std::optional<std::int64_t> reach(std::int64_t offset, std::span<const std::int64_t> sizes,
                                  std::span<const std::int64_t> strides) {
  std::int64_t last = offset;
  for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
    if (sizes[axis] == 0) return 0;
    std::int64_t step = 0;
    if (__builtin_mul_overflow(sizes[axis] - 1, strides[axis], &step)) return std::nullopt;
    if (__builtin_add_overflow(last, step, &last)) return std::nullopt;
  }
  if (__builtin_add_overflow(last, std::int64_t{1}, &last)) return std::nullopt;
  return last;
}

bool is_contiguous(std::span<const std::int64_t> sizes, std::span<const std::int64_t> strides) {
  std::int64_t expected = 1;
  for (std::size_t axis = sizes.size(); axis-- > 0;) {
    if (sizes[axis] != 1 && strides[axis] != expected) return false;
    expected *= sizes[axis];
  }
  return true;
}

/// Copies elements of `width` bytes from a strided view into row-major order.
void gather(std::span<const std::byte> storage, std::int64_t offset, std::span<const std::int64_t> sizes,
            std::span<const std::int64_t> strides, std::size_t width, std::byte* out) {
  std::vector<std::int64_t> index(sizes.size(), 0);
  std::int64_t element = offset;
  while (true) {
    std::memcpy(out, storage.data() + static_cast<std::size_t>(element) * width, width);
    out += width;
    std::size_t axis = sizes.size();
    while (axis > 0) {
      --axis;
      element += strides[axis];
      if (++index[axis] < sizes[axis]) break;
      element -= strides[axis] * sizes[axis];
      index[axis] = 0;
      if (axis == 0) return;
    }
    if (sizes.empty()) return;
  }
}

}  // namespace

bool is_known_torch_global(std::string_view dotted_name) {
  if (std::find(kKnownGlobals.begin(), kKnownGlobals.end(), dotted_name) != kKnownGlobals.end()) return true;
  if (!dotted_name.starts_with("torch.")) return false;
  const std::string_view name = dotted_name.substr(6);
  return look_up(kStorageTypes, name).has_value() || look_up(kTorchDtypes, name).has_value();
}

bool TorchTensors::is_tensor(const PickleValue& value) {
  for (const std::string_view name :
       {"_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3", "_rebuild_parameter",
        "_rebuild_parameter_with_state", "_rebuild_qtensor", "_rebuild_sparse_tensor"}) {
    if (is_torch_call(value, name)) return true;
  }
  return false;
}

Result<Tensor> TorchTensors::rebuild(const PickleValue& value) const {
  if (is_torch_call(value, "_rebuild_parameter") || is_torch_call(value, "_rebuild_parameter_with_state")) {
    const PickleValue* inner = argument(value, 0);
    const bool plain = inner != nullptr && is_tensor(*inner) && !is_torch_call(*inner, "_rebuild_parameter") &&
                       !is_torch_call(*inner, "_rebuild_parameter_with_state");
    if (!plain) return invalid_argument("torch: a parameter without a tensor");
    return rebuild(*inner);
  }
  if (is_torch_call(value, "_rebuild_qtensor"))
    return fail(Code::kUnimplemented, "torch: quantized tensors; save the float model");
  if (is_torch_call(value, "_rebuild_sparse_tensor"))
    return fail(Code::kUnimplemented, "torch: sparse tensors; call to_dense() before saving");
  return rebuild_strided(*value.items[0], is_torch_call(value, "_rebuild_tensor_v3"));
}

Result<TorchTensors::Storage> TorchTensors::storage(const PickleValue& persistent) const {
  const PickleValue* id = persistent.kind == PickleKind::kPersistent ? persistent.items[0] : nullptr;
  const bool known = id != nullptr && id->kind == PickleKind::kTuple && id->items.size() >= 5 &&
                     id->items[0]->text == "storage" && id->items[1]->kind == PickleKind::kGlobal &&
                     id->items[2]->kind == PickleKind::kString && id->items[4]->kind == PickleKind::kInt;
  if (!known) return invalid_argument("torch: a tensor without a storage");
  Storage result;
  const std::string& type = id->items[1]->attribute;
  const bool untyped = type == "UntypedStorage";
  const auto dtype = untyped ? std::optional(DType::kUint8) : look_up(kStorageTypes, type);
  if (!dtype) return fail(Code::kUnimplemented, fmt::format("torch: storages of type {}", type));
  result.dtype = *dtype;

  const std::string name = fmt::format("{}/data/{}", root_, id->items[2]->text);
  const ZipMember* member = archive_.find(name);
  if (member == nullptr) return invalid_argument(fmt::format("torch: the storage {} is not in the file", name));
  if (member->deflated)
    return invalid_argument(fmt::format("torch: the storage {} is compressed; torch never does that", name));
  const std::int64_t count = id->items[4]->integer;
  const auto bytes = count >= 0 ? byte_size(*dtype, static_cast<std::size_t>(count)) : std::nullopt;
  if (!bytes || *bytes != member->data.size()) {
    return invalid_argument(fmt::format("torch: storage {} has {} bytes, but {} elements of {} were announced", name,
                                        member->data.size(), count, dtype_name(*dtype)));
  }
  result.bytes = member->data;
  return result;
}

Result<Tensor> TorchTensors::rebuild_strided(const PickleValue& arguments, bool typed_by_argument) const {
  const PickleValue* storage_value = argument(arguments, 0);
  const PickleValue* offset_value = argument(arguments, 1);
  if (storage_value == nullptr || offset_value == nullptr || offset_value->kind != PickleKind::kInt ||
      offset_value->integer < 0) {
    return invalid_argument("torch: a tensor without storage or offset");
  }
  Storage from = TRY(storage(*storage_value));
  if (typed_by_argument) {
    const PickleValue* type = argument(arguments, 6);
    const auto dtype = type != nullptr && type->kind == PickleKind::kGlobal && type->text == "torch"
                           ? look_up(kTorchDtypes, type->attribute)
                           : std::nullopt;
    if (!dtype) return fail(Code::kUnimplemented, "torch: a tensor of an unknown dtype");
    from.dtype = *dtype;
  }
  auto sizes = TRY(sizes_of(argument(arguments, 2), "sizes"));
  const auto strides = TRY(sizes_of(argument(arguments, 3), "strides"));
  if (sizes.size() != strides.size())
    return invalid_argument("torch: a tensor with unequal numbers of sizes and strides");

  const auto width = static_cast<std::size_t>(bit_width(from.dtype)) / 8;
  const std::int64_t offset = offset_value->integer;
  const auto end = reach(offset, sizes, strides);
  if (!end || static_cast<std::uint64_t>(*end) > from.bytes.size() / width) {
    return invalid_argument(fmt::format("torch: a tensor of shape {} leaves its storage of {} bytes",
                                        to_string(Shape(sizes)), from.bytes.size()));
  }
  const bool contiguous = is_contiguous(sizes, strides);
  Shape shape(std::move(sizes));
  const auto count = shape.element_count();
  if (!count) return invalid_argument("torch: a tensor with too many elements");
  if (contiguous) {
    const std::size_t begin = *count == 0 ? 0 : static_cast<std::size_t>(offset) * width;
    return Tensor::borrow(from.dtype, std::move(shape),
                          from.bytes.subspan(begin, static_cast<std::size_t>(*count) * width), owner_);
  }
  // A stride of 0 repeats elements: the copy may be far larger than the file, so bound it by what a real expand()
  // needs.
  if (static_cast<std::uint64_t>(*count) * width > (std::uint64_t{1} << 32)) {
    return fail(Code::kResourceExhausted, fmt::format("torch: an expanded tensor of shape {}", to_string(shape)));
  }
  Tensor tensor = TRY(Tensor::allocate(from.dtype, shape));
  if (*count > 0) {
    gather(from.bytes, offset, shape.dims(), strides, width, tensor.mutable_bytes().data());
  }
  return tensor;
}

}  // namespace tandem
