// SPDX-License-Identifier: Apache-2.0
// The projection of the features, att1, is the encoder's work: it does not change from word to word.
#include "convert/networks/captioner/attention.h"

#include "convert/layers.h"

namespace tandem::convert {

Result<Attended> attend(Build build, const std::string& hidden, const CellAttention& layer) {
  GraphBuilder& graph = build.graph;
  const std::string& path = layer.path;
  const std::string asked =
      TRY(linear(build, hidden, {.path = path + "decoder_att", .inputs = layer.decoder, .outputs = layer.attention}));
  const std::string one = graph.integers("decoder.axis1", {1});
  const std::string row = graph.add("Unsqueeze", {asked, one}, path + "decoder_att.row");
  const std::string sum = graph.add("Add", {"att1", row}, "decoder.attention.sum");
  const std::string active = graph.add("Relu", {sum}, "decoder.attention.relu");
  const std::string scores =
      TRY(linear(build, active, {.path = path + "full_att", .inputs = layer.attention, .outputs = 1}));
  const std::string flat = graph.add("Squeeze", {scores, graph.integers("decoder.axis2", {2})}, path + "full_att.flat");
  Attended attended;
  attended.alpha = graph.add("Softmax", {flat}, "decoder.attention.alpha", attributes("axis", std::int64_t{1}));
  const std::string weights = graph.add("Unsqueeze", {attended.alpha, one}, "decoder.attention.weights");  // [B, 1, P]
  const std::string mixed = graph.add("MatMul", {weights, "features"}, "decoder.attention.mixed");         // [B, 1, C]
  attended.context = graph.add("Squeeze", {mixed, one}, "decoder.attention.context");
  return attended;
}

}  // namespace tandem::convert
