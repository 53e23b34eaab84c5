// SPDX-License-Identifier: Apache-2.0
// Leaves in the order in which PyTorch's pytree has them: tuples and lists as they are, dicts as they were filled.
#include "convert/exported/sample_inputs.h"

#include "convert/exported/out_spec.h"
#include "formats/torch_objects.h"

namespace tandem::convert::exported {
namespace {

constexpr int kDeepest = 32;

Status collect(TorchObjects& objects, const PickleValue& value, int depth, std::vector<Tensor>& leaves) {
  if (depth > kDeepest || leaves.size() > kMostLeaves) return invalid_argument("the sample inputs nest too deeply");
  switch (value.kind) {
    case PickleKind::kTensor: return leaves.push_back(TRY(objects.tensor(value))), Status();
    case PickleKind::kTuple:
    case PickleKind::kList:
      for (const PickleValue* item : value.items) TRY(collect(objects, *item, depth + 1, leaves));
      return {};
    case PickleKind::kDict:
      for (const auto& [key, item] : value.pairs) TRY(collect(objects, *item, depth + 1, leaves));
      return {};
    default: return leaves.emplace_back(), Status();
  }
}

}  // namespace

Result<std::vector<Tensor>> read_sample_inputs(std::span<const std::byte> file, std::shared_ptr<const void> owner) {
  TorchObjects objects = TRY(TorchObjects::read(file, std::move(owner)));
  const PickleValue& root = objects.root();
  if (root.kind != PickleKind::kTuple || root.items.size() != 2) {
    return invalid_argument("the sample inputs are no pair of arguments and keyword arguments");
  }
  std::vector<Tensor> leaves;
  TRY(collect(objects, root, 0, leaves));
  return leaves;
}

}  // namespace tandem::convert::exported
