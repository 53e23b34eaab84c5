// SPDX-License-Identifier: Apache-2.0
// A Pad with zeros before a convolution becomes the convolution's own padding.
#include <algorithm>

#include "graph/passes/pass.h"
#include "graph/patch.h"
#include "graph/shapes/infer_shapes.h"
#include "graph/shapes/node_shapes.h"

namespace tandem::graph {
namespace {

bool is_zero(const Patch& patch, const std::string& name) {
  const Initializer* value = patch.weight(name);
  if (value == nullptr || value->tensor.element_count() != 1) return false;
  const auto bytes = value->tensor.bytes();
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte byte) { return byte == std::byte{0}; });
}

/// The pads of every axis when they are known, zeros are padded with, and only spatial axes grow.
std::optional<Integers> zero_pads(const Patch& patch, const Facts& facts, const Node& pad) {
  const auto* mode = pad.attribute<std::string>("mode");
  const auto* value = pad.attribute<float>("value");
  const bool has_value = pad.inputs.size() > 2 && !pad.inputs[2].empty();
  const bool has_axes = pad.inputs.size() > 3 && !pad.inputs[3].empty();
  if ((mode != nullptr && *mode != "constant") || (value != nullptr && *value != 0.0F) || has_axes) return std::nullopt;
  if (has_value && !is_zero(patch, pad.inputs[2])) return std::nullopt;
  auto pads = NodeShapes(pad, facts).list("pads", 1);
  if (!pads || pads->size() < 6 || pads->size() % 2 != 0) return std::nullopt;
  const std::size_t rank = pads->size() / 2;
  constexpr std::int64_t kLargest = 1 << 20;  // sums of these do not overflow
  for (std::size_t i = 0; i < pads->size(); ++i) {
    const bool is_spatial = i % rank >= 2;
    if ((*pads)[i] < 0 || (*pads)[i] > kLargest || (!is_spatial && (*pads)[i] != 0)) return std::nullopt;
  }
  return pads;
}

/// Adds them to those of the convolution; false when that has a padding of another kind.
bool add_pads(Node& conv, const Integers& pads) {
  const auto* auto_pad = conv.attribute<std::string>("auto_pad");
  if (auto_pad != nullptr && *auto_pad != "NOTSET" && !auto_pad->empty()) return false;
  const std::size_t rank = pads.size() / 2;
  const auto* given = conv.attribute<Integers>("pads");
  Integers sum = given == nullptr ? Integers(2 * (rank - 2), 0) : *given;
  if (sum.size() != 2 * (rank - 2)) return false;
  for (std::size_t i = 0; i < rank - 2; ++i) {
    for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
      std::int64_t& one = sum[i + side * (rank - 2)];
      if (__builtin_add_overflow(one, pads[2 + i + side * rank], &one)) return false;
    }
  }
  conv.attributes.insert_or_assign("pads", std::move(sum));
  return true;
}

}  // namespace

Result<std::size_t> fold_pads(Model& model, const PassLimits&) {
  const Facts facts = infer_shapes(model.graph);
  Patch patch(model.graph);
  std::size_t folded = 0;
  for (std::size_t i = 0; i < patch.node_count(); ++i) {
    Node& conv = patch.node(i);
    if (!conv.is("Conv") || conv.inputs.empty()) continue;
    const std::size_t maker = patch.maker(conv.inputs[0]);
    if (maker == Patch::npos || !patch.node(maker).is("Pad") || patch.node(maker).inputs.empty()) continue;
    if (!patch.is_used_once(conv.inputs[0])) continue;
    const auto pads = zero_pads(patch, facts, patch.node(maker));
    if (!pads || !add_pads(conv, *pads)) continue;
    conv.inputs[0] = patch.node(maker).inputs[0];
    patch.remove(maker);
    ++folded;
  }
  if (folded > 0) patch.apply();
  return folded;
}

}  // namespace tandem::graph
