// SPDX-License-Identifier: Apache-2.0
// Takes out operators whose output is their input: Identity, Dropout, casts to the same type, reshapes to the same
// shape.
#include <algorithm>
#include <array>

#include "graph/passes/pass.h"
#include "graph/patch.h"
#include "graph/shapes/infer_shapes.h"
#include "graph/shapes/node_shapes.h"

namespace tandem::graph {
namespace {

constexpr std::array kReshapes = {"Expand", "Flatten", "Reshape", "Slice", "Squeeze", "Tile", "Unsqueeze"};
constexpr std::array kOfOne = {"Concat", "Max", "Mean", "Min", "Sum"};

class IdentityFinder final {
 public:
  IdentityFinder(const Patch& patch, const Facts& facts) : patch_(patch), facts_(facts) {}

  bool changes_nothing(const Node& node) const {
    if (!node.domain.empty() || node.inputs.empty() || node.inputs[0].empty() || node.outputs.empty()) return false;
    const std::string_view op = node.op_type;
    if (op == "Identity") return true;
    if (op == "Dropout") return drops_nothing(node);
    const ValueFacts& before = facts_of(facts_, node.inputs[0]);
    const ValueFacts& after = facts_of(facts_, node.outputs[0]);
    if (op == "Cast") return before.dtype != DType::kUndefined && before.dtype == after.dtype;
    if (op == "Transpose") return keeps_order(node);
    if (op == "Pad") return pads_nothing(node);
    if (std::find(kOfOne.begin(), kOfOne.end(), op) != kOfOne.end()) return node.inputs.size() == 1;
    const bool is_reshape = std::find(kReshapes.begin(), kReshapes.end(), op) != kReshapes.end();
    // The shape of a Slice by a step of -1 stays the same, too, and its elements do not.
    if (op == "Slice" && node.inputs.size() > 4 && !node.inputs[4].empty()) return false;
    return is_reshape && same_known(before.shape, after.shape);
  }

 private:
  /// The mask, a second output, must have no user. In opset 12 and later an input says whether it trains.
  bool drops_nothing(const Node& node) const {
    if (node.outputs.size() > 1 && !node.outputs[1].empty() && patch_.is_used(node.outputs[1])) return false;
    if (node.inputs.size() < 3 || node.inputs[2].empty()) return true;
    const Initializer* trains = patch_.weight(node.inputs[2]);
    return trains != nullptr && trains->tensor.dtype() == DType::kBool && trains->tensor.element_count() == 1 &&
           !trains->tensor.values<bool>()[0];
  }

  static bool keeps_order(const Node& node) {
    const auto* order = node.attribute<Integers>("perm");
    if (order == nullptr) return false;
    for (std::size_t i = 0; i < order->size(); ++i) {
      if ((*order)[i] != static_cast<std::int64_t>(i)) return false;
    }
    return true;
  }

  bool pads_nothing(const Node& node) const {
    const auto pads = NodeShapes(node, facts_).list("pads", 1);
    return pads && std::all_of(pads->begin(), pads->end(), [](std::int64_t pad) { return pad == 0; });
  }

  const Patch& patch_;
  const Facts& facts_;
};

}  // namespace

Result<std::size_t> remove_identities(Model& model, const PassLimits&) {
  const Facts facts = infer_shapes(model.graph);
  Patch patch(model.graph);
  const IdentityFinder finder(patch, facts);
  std::size_t removed = 0;
  for (std::size_t i = 0; i < patch.node_count(); ++i) {
    const Node& node = patch.node(i);
    if (!finder.changes_nothing(node) || !patch.stand_in(node.outputs[0], node.inputs[0])) continue;
    patch.remove(i);
    ++removed;
  }
  if (removed > 0) patch.apply();
  return removed;
}

}  // namespace tandem::graph
