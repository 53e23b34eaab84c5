// SPDX-License-Identifier: Apache-2.0
// Storages, strides and types of the tensors in a torch file.
//
// Source: torch/_utils.py, the functions _rebuild_*; torch/serialization.py, the ids of storages.
#include "formats/torch_tensors.h"

#include <fmt/format.h>

#include <algorithm>

#include "formats/numpy_objects.h"
#include "formats/torch_types.h"

namespace tandem {
namespace {

bool is_torch_call(const PickleValue& value, std::string_view name) {
  return value.callable != nullptr && value.callable->is_global("torch._utils", name);
}

/// A tuple or list of integers, each >= 0.
Result<std::vector<std::int64_t>> sizes_of(const PickleValue* value, std::string_view what) {
  const bool sequence = value != nullptr && (value->kind == PickleKind::kTuple || value->kind == PickleKind::kList);
  if (!sequence || value->items.size() > 64) {
    return invalid_argument(fmt::format("torch: the {} of a tensor are no tuple", what));
  }
  std::vector<std::int64_t> sizes;
  for (const PickleValue* item : value->items) {
    if (item->kind != PickleKind::kInt || item->integer < 0) {
      return invalid_argument(fmt::format("torch: the {} of a tensor must be integers of at least 0", what));
    }
    sizes.push_back(item->integer);
  }
  return sizes;
}

/// Lazy conjugation and negation are flags beside the elements.
Status refuse_flags(const PickleValue* metadata) {
  if (metadata == nullptr || metadata->kind != PickleKind::kDict) return {};
  for (const std::string_view flag : {"conj", "neg"}) {
    const PickleValue* value = metadata->get(flag);
    if (value != nullptr && value->boolean) {
      return fail(Code::kUnimplemented,
                  fmt::format("torch: a tensor with the flag {}; call resolve_{}() before saving", flag, flag));
    }
  }
  return {};
}

/// The six parts of a storage's id, checked; the last may be absent.
struct StorageId {
  std::string_view type;
  const PickleValue* key = nullptr;
  std::int64_t count = 0;
  const PickleValue* part = nullptr;  // (key, offset, count) of the part of the storage that this is; null: all
};

Result<StorageId> storage_id(const PickleValue* persistent) {
  const bool is_id = persistent != nullptr && persistent->kind == PickleKind::kPersistent;
  const PickleValue* id = is_id ? persistent->items[0] : nullptr;
  const bool known = id != nullptr && id->kind == PickleKind::kTuple && id->items.size() >= 5 &&
                     id->items[0]->text == "storage" && id->items[1]->kind == PickleKind::kGlobal &&
                     id->items[2]->kind == PickleKind::kString && id->items[4]->kind == PickleKind::kInt;
  if (!known) return invalid_argument("torch: a tensor without a storage");
  StorageId result{id->items[1]->attribute, id->items[2], id->items[4]->integer, nullptr};
  if (id->items.size() > 5 && id->items[5]->kind == PickleKind::kTuple) result.part = id->items[5];
  return result;
}

}  // namespace

bool TorchTensors::is_quantized(const PickleValue& value) { return is_torch_call(value, "_rebuild_qtensor"); }

Result<Tensor> TorchTensors::rebuild(const PickleValue& value) {
  if (value.kind != PickleKind::kTensor) return invalid_argument("torch: expected a tensor, got something else");
  if (is_torch_call(value, "_rebuild_sparse_tensor")) {
    return fail(Code::kUnimplemented, "torch: sparse tensors; call to_dense() before saving");
  }
  if (is_quantized(value)) return dequantize(value);
  if (value.callable->text != "torch._utils") {
    // A pickle may share one array's elements among many arrays.
    Tensor tensor = TRY(numpy_array(value));
    TRY(budget_.take(tensor.byte_size()));
    return tensor;
  }
  StridedView view = TRY(view_of(value));
  if (is_torch_call(value, "_rebuild_tensor_v3")) {
    const PickleValue* type = value.argument(6);
    const bool is_type = type != nullptr && type->kind == PickleKind::kGlobal && type->text == "torch";
    const auto dtype = is_type ? torch_dtype(type->attribute) : std::nullopt;
    if (!dtype) return fail(Code::kUnimplemented, "torch: a tensor of an unknown dtype");
    view.dtype = *dtype;
    TRY(refuse_flags(value.argument(7)));
  } else {
    TRY(refuse_flags(value.argument(6)));
  }
  return strided_tensor(view, owner_, budget_);
}

Status TorchTensors::choose_storage(const PickleValue* persistent, StridedView& view) const {
  const StorageId id = TRY(storage_id(persistent));
  const auto dtype = torch_storage_dtype(id.type);
  if (!dtype) return fail(Code::kUnimplemented, fmt::format("torch: storages of type {}", id.type));
  const auto found = storages_.by_key.find(id.key->text);
  if (found == storages_.by_key.end()) {
    return invalid_argument(fmt::format("torch: the storage '{}' is not in the file", id.key->text));
  }
  const auto bytes = id.count < 0 ? std::nullopt : byte_size(*dtype, static_cast<std::size_t>(id.count));
  if (!bytes || *bytes != found->second.size()) {
    return invalid_argument(fmt::format("torch: the storage '{}' has {} bytes, but {} elements of {} were announced",
                                        id.key->text, found->second.size(), id.count, dtype_name(*dtype)));
  }
  view.dtype = *dtype;
  view.storage = found->second;
  if (id.part == nullptr) return {};
  const bool is_part = id.part->items.size() == 3 && id.part->items[1]->kind == PickleKind::kInt &&
                       id.part->items[2]->kind == PickleKind::kInt;
  const std::int64_t begin = is_part ? id.part->items[1]->integer : -1;
  const std::int64_t count = is_part ? id.part->items[2]->integer : -1;
  if (begin < 0 || count < 0 || begin > id.count || count > id.count - begin) {
    return invalid_argument(fmt::format("torch: a part of storage '{}' leaves it", id.key->text));
  }
  const std::size_t width = static_cast<std::size_t>(bit_width(*dtype)) / 8;
  view.storage = view.storage.subspan(static_cast<std::size_t>(begin) * width, static_cast<std::size_t>(count) * width);
  return {};
}

Result<StridedView> TorchTensors::view_of(const PickleValue& call) const {
  const PickleValue* offset = call.argument(1);
  if (offset == nullptr || offset->kind != PickleKind::kInt) {
    return invalid_argument("torch: a tensor without storage or offset");
  }
  StridedView view;
  TRY(choose_storage(call.argument(0), view));
  view.offset = offset->integer;
  view.sizes = TRY(sizes_of(call.argument(2), "sizes"));
  view.strides = TRY(sizes_of(call.argument(3), "strides"));
  view.big_endian = storages_.big_endian;
  return view;
}

}  // namespace tandem
