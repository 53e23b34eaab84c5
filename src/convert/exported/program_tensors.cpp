// SPDX-License-Identifier: Apache-2.0
// A record is a whole storage; sizes, strides and offset say which of its elements a tensor is.
#include "convert/exported/program_tensors.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <utility>

#include "convert/exported/json_access.h"

namespace tandem::convert::exported {
namespace {

/// Weights have known sizes.
Result<StridedView> view_of(const TensorMeta& meta, std::span<const std::byte> storage) {
  StridedView view;
  view.dtype = meta.dtype;
  view.offset = meta.offset;
  view.storage = storage;
  if (meta.dtype == DType::kUndefined) return fail(Code::kUnimplemented, "its element type is not supported");
  for (std::size_t axis = 0; axis < meta.sizes.size(); ++axis) {
    if (!meta.sizes[axis].is_fixed() || !meta.strides[axis])
      return invalid_argument("a stored tensor has no fixed size");
    view.sizes.push_back(meta.sizes[axis].size);
    view.strides.push_back(*meta.strides[axis]);
  }
  return view;
}

/// PyTorch leaves out the bytes of a storage that it knows to be zeros.
Result<Tensor> zeros(const StridedView& view, CopyBudget& budget) {
  const Shape shape(view.sizes);
  const auto count = shape.element_count();
  const auto bytes = count ? byte_size(view.dtype, static_cast<std::size_t>(*count)) : std::nullopt;
  if (!bytes) return invalid_argument("it has too many elements");
  TRY(budget.take(*bytes));
  Tensor tensor = TRY(Tensor::allocate(view.dtype, shape));
  std::ranges::fill(tensor.mutable_bytes(), std::byte{0});
  return tensor;
}

}  // namespace

ProgramTensors::ProgramTensors(const ExportedArchive& archive, std::shared_ptr<const void> owner)
    : archive_(archive), owner_(std::move(owner)), budget_(CopyBudget::for_file(archive.file_bytes())) {}

Status ProgramTensors::read_config(TensorKind kind, std::string_view config) {
  const JsonText text = TRY(JsonText::parse(config, "the list of the tensors"));
  return for_each_member(TRY(field(text.root(), "config")),
                         [&](std::string_view path, const JsonElement& entry) -> Status {
                           Payload payload;
                           payload.kind = kind;
                           payload.record = TRY(text_field(entry, "path_name"));
                           simdjson::dom::element pickled;
                           if (entry.at_key("use_pickle").get(pickled) == simdjson::SUCCESS)
                             payload.pickled = pickled.is_bool() && bool(pickled);
                           if (has(entry, "tensor_meta")) {
                             auto meta = read_tensor_meta(TRY(field(entry, "tensor_meta")));
                             if (!meta) return fail(meta.error().with_context(fmt::format("tensor '{}'", path)));
                             payload.meta = std::move(*meta);
                           }
                           entries(kind).insert_or_assign(std::string(path), std::move(payload));
                           return {};
                         });
}

Status ProgramTensors::read_pickled(TensorKind kind, std::span<const std::byte> bytes) {
  objects_.push_back(TRY(TorchObjects::read(bytes, owner_)));
  TorchObjects& objects = objects_.back();
  for (std::string& name : objects.globals()) globals_.push_back(std::move(name));
  for (const auto& [key, value] : objects.root().pairs) {
    if (key->kind != PickleKind::kString || value->kind != PickleKind::kTensor) continue;
    entries(kind).insert_or_assign(key->text, Pickled{&objects, value});
  }
  return {};
}

Result<ProgramTensors> ProgramTensors::open(const ExportedArchive& archive, std::shared_ptr<const void> owner) {
  ProgramTensors tensors(archive, std::move(owner));
  for (const TensorKind kind : {TensorKind::kWeights, TensorKind::kConstants}) {
    const ExportedArchive::Tensors found = TRY(archive.tensors(kind));
    if (!found.config.empty()) TRY(tensors.read_config(kind, found.config));
    if (!found.pickled.empty()) TRY(tensors.read_pickled(kind, found.pickled));
  }
  return tensors;
}

Result<Tensor> ProgramTensors::read(const Payload& payload) {
  const std::span<const std::byte> record = TRY(archive_.record(payload.kind, payload.record));
  if (payload.pickled) {
    TorchObjects objects = TRY(TorchObjects::read(record, owner_));
    if (objects.root().kind == PickleKind::kTensor) return objects.tensor(objects.root());
    return fail(Code::kUnimplemented, "it is a tensor of a class of its own");
  }
  const StridedView view = TRY(view_of(payload.meta, record));
  return record.empty() ? zeros(view, budget_) : strided_tensor(view, owner_, budget_);
}

Result<Tensor> ProgramTensors::take(TensorKind kind, const std::string& path) {
  const TensorKind other = kind == TensorKind::kWeights ? TensorKind::kConstants : TensorKind::kWeights;
  for (const TensorKind where : {kind, other}) {
    const auto found = entries(where).find(path);
    if (found == entries(where).end()) continue;
    const auto* payload = std::get_if<Payload>(&found->second);
    const auto* pickled = std::get_if<Pickled>(&found->second);
    auto tensor = payload != nullptr ? read(*payload) : pickled->objects->tensor(*pickled->value);
    if (!tensor) return fail(tensor.error().with_context(fmt::format("tensor '{}'", path)));
    return tensor;
  }
  return invalid_argument(fmt::format("the program uses the weight '{}', which is not in the archive", path));
}

}  // namespace tandem::convert::exported
