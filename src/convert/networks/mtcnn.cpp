// SPDX-License-Identifier: Apache-2.0
// MTCNN's three networks (Zhang et al., arXiv 1604.02878) with facenet-pytorch's names, each in a file of its own or
// all in one: PNet proposes faces at any size of image, RNet refines crops of 24 x 24, ONet of 48 x 48.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "convert/interface.h"
#include "convert/layers.h"
#include "convert/networks/image_network.h"
#include "convert/networks/list.h"

namespace tandem::convert {
namespace {

/// A convolution with its PReLU and, unless `pool` is 0, a pool of stride 2 that counts a last window that begins
/// inside.
struct Stage {
  std::int64_t kernel = 3;
  std::int64_t pool = 0;
};
constexpr std::array<Stage, 3> kProposal = {{{3, 2}, {3, 0}, {3, 0}}};
constexpr std::array<Stage, 3> kRefine = {{{3, 3}, {3, 3}, {2, 0}}};
constexpr std::array<Stage, 4> kOutput = {{{3, 3}, {3, 3}, {3, 2}, {2, 0}}};

/// A head: the layer's name behind the path, and what its numbers are.
struct Head {
  std::string_view layer;
  std::string_view output;
  std::int64_t numbers = 0;
  bool softmax = false;
};
constexpr std::array<Head, 2> kProposalHeads = {{{"conv4_2", "offsets", 4}, {"conv4_1", "probabilities", 2, true}}};
constexpr std::array<Head, 2> kRefineHeads = {{{"dense5_2", "offsets", 4}, {"dense5_1", "probabilities", 2, true}}};
constexpr std::array<Head, 3> kOutputHeads = {
    {{"dense6_2", "offsets", 4}, {"dense6_3", "points", 10}, {"dense6_1", "probabilities", 2, true}}};

struct Net {
  std::string_view name, part;
  std::int64_t size = 0;  // of the crops; 0: any
  std::span<const Stage> stages;
  std::string_view row_layer;  // the fully connected layer in front of the heads, "" when they are convolutions
  std::span<const Head> heads;
};
constexpr std::array<Net, 3> kNets = {{{"PNet", "pnet", 0, kProposal, "", kProposalHeads},
                                       {"RNet", "rnet", 24, kRefine, "dense4", kRefineHeads},
                                       {"ONet", "onet", 48, kOutput, "dense5", kOutputHeads}}};
constexpr std::int64_t kCell = 12;  // the smallest image that PNet sees a face in

bool has_net(const Weights& weights, const Net& net, const std::string& path) {
  if (!weights.has(path + "conv1.weight") || !weights.has(path + "prelu1.weight")) return false;
  return std::ranges::all_of(
      net.heads, [&](const Head& head) { return weights.has(fmt::format("{}{}.weight", path, head.layer)); });
}

struct Found {
  const Net* net = nullptr;
  std::string path;  // before all names, with its dot
};

/// The one net that the file is, or those that the detector's state dict has behind their names.
std::vector<Found> find_nets(const Weights& weights) {
  std::vector<Found> found;
  for (const Net& net : kNets) {
    const std::string path = fmt::format("{}.", net.part);
    if (has_net(weights, net, path)) found.push_back({&net, path});
  }
  for (const Net& net : kNets) {
    if (found.empty() && has_net(weights, net, "")) found.push_back({&net, ""});
  }
  return found;
}

Result<Feature> trunk(Build build, const Found& found, Feature x) {
  int number = 0;
  for (const Stage& stage : found.net->stages) {
    ++number;
    x = TRY(
        conv2d(build, x, {.path = fmt::format("{}conv{}", found.path, number), .kernel = stage.kernel, .bias = true}));
    x = TRY(prelu(build, x, fmt::format("{}prelu{}", found.path, number)));
    if (stage.pool == 0) continue;
    const HeightWidth kernel = stage.pool;
    const HeightWidth stride = 2;
    // Without padding ONNX's ceil_mode counts as PyTorch's does, whatever the size is.
    x.value = build.graph.add(
        "MaxPool", {x.value}, fmt::format("{}pool{}", found.path, number),
        attributes("kernel_shape", kernel.dims(), "strides", stride.dims(), "ceil_mode", std::int64_t{1}));
    x.height = (x.height - stage.pool + 1) / 2 + 1;
    x.width = (x.width - stage.pool + 1) / 2 + 1;
  }
  return x;
}

/// The numbers of the last map, columns first as the published weights expect them, through a layer of their own.
Result<std::string> row(Build build, const Found& found, const Feature& x) {
  const std::string path = found.path + std::string(found.net->row_layer);
  const std::string slopes = fmt::format("{}prelu{}.weight", found.path, found.net->stages.size() + 1);
  const std::int64_t outputs = TRY(build.weights.dim(path + ".weight", 2, 0));
  const std::string order = transpose(build, x.value, {0, 3, 2, 1}, path + ".order");
  const std::string flat = flatten(build, x.with(order), path + ".flat");
  const std::string rows =
      TRY(dense(build, flat, {.path = path, .inputs = x.channels * x.height * x.width, .outputs = outputs}));
  Tensor slope = TRY(build.weights.take(slopes, {outputs}));
  return build.graph.add("PRelu", {rows, build.graph.weight(slopes, std::move(slope))}, path + ".prelu");
}

std::string finish_head(Build build, const Head& head, const std::string& value, const std::string& path) {
  if (!head.softmax) return value;
  return build.graph.add("Softmax", {value}, path + ".softmax", attributes("axis", std::int64_t{1}));
}

/// PNet's heads are convolutions: a map of answers.
Status convolution_heads(Build build, const Found& found, const Feature& x, bool fixed) {
  for (const Head& head : found.net->heads) {
    const std::string path = found.path + std::string(head.layer);
    const Feature y = TRY(conv2d(build, x, {.path = path, .outputs = head.numbers, .bias = true}));
    TensorSpec spec = batched(std::string(head.output), {head.numbers, y.height, y.width});
    if (!fixed) spec.shape.dims[2] = Dim::symbol("rows"), spec.shape.dims[3] = Dim::symbol("columns");
    build.graph.output(finish_head(build, head, y.value, path), std::move(spec));
  }
  return {};
}

Status row_heads(Build build, const Found& found, const Feature& x) {
  const std::string rows = TRY(row(build, found, x));
  const std::int64_t inputs =
      TRY(build.weights.dim(fmt::format("{}{}.weight", found.path, found.net->row_layer), 2, 0));
  for (const Head& head : found.net->heads) {
    const std::string path = found.path + std::string(head.layer);
    const std::string y = TRY(dense(build, rows, {.path = path, .inputs = inputs, .outputs = head.numbers}));
    build.graph.output(finish_head(build, head, y, path), batched(std::string(head.output), {head.numbers}));
  }
  return {};
}

/// Height and width as they are asked for; nothing when the model takes any.
Result<std::optional<HeightWidth>> proposal_size(const ConvertOptions& options) {
  const std::vector<std::int64_t>* asked = asked_shape(options, "input");
  const bool shaped = asked != nullptr && asked->size() == 4 && (*asked)[2] > 0 && (*asked)[3] > 0;
  if (!shaped && !options.image_size) return std::optional<HeightWidth>{};
  const HeightWidth size = TRY(choose_image_size(options, {.published = kCell, .least = kCell}));
  return std::optional<HeightWidth>(size);
}

/// Pixels as (x - 127.5) / 128.
ImageInput crop_input(std::int64_t size) {
  constexpr double kScale = 128.0 / 255.0;
  return {size, {0.5, 0.5, 0.5}, {kScale, kScale, kScale}};
}

Result<ConvertedModel> convert_net(Weights& weights, const ConvertOptions& options, const Found& found) {
  const Net& net = *found.net;
  GraphBuilder graph(std::string(net.part));
  const Build build{graph, weights};
  const bool proposes = net.size == 0;
  const std::optional<HeightWidth> asked = TRY(proposal_size(options));
  if (asked && !proposes && found.path.empty() && *asked != HeightWidth(net.size)) {
    return invalid_argument(
        fmt::format("an image of {}: {} takes {} only", to_string(*asked), net.name, to_string(HeightWidth(net.size))));
  }
  const HeightWidth size = proposes ? asked.value_or(kCell) : HeightWidth(net.size);
  TensorSpec input = batched("input", {3, size.height, size.width});
  if (proposes && !asked) input.shape.dims[2] = Dim::symbol("height"), input.shape.dims[3] = Dim::symbol("width");
  const Feature image{graph.input(std::move(input)), 3, size.height, size.width};
  const Feature x = TRY(trunk(build, found, image));
  if (proposes) {
    TRY(convolution_heads(build, found, x, asked.has_value()));
  } else {
    TRY(row_heads(build, found, x));
  }
  ConvertedModel model{found.path.empty() ? "" : std::string(net.part), {}};
  model.model = TRY(std::move(graph).finish());
  if ((!proposes || asked) && size.height == size.width) model.image = crop_input(size.height);
  return model;
}

Result<Facts> describe(const std::vector<Found>& nets, const ConvertOptions& options) {
  const std::optional<HeightWidth> asked = TRY(proposal_size(options));
  Facts facts;
  for (const Found& found : nets) {
    const Net& net = *found.net;
    const std::string any = asked ? to_string(*asked) : "any";
    facts.emplace_back(net.name, fmt::format("images of {}", net.size == 0 ? any : to_string(HeightWidth(net.size))));
  }
  return facts;
}

}  // namespace

const Network kMtcnn = {
    .name = "MTCNN",
    .arch = "mtcnn",
    .matches = [](const Weights& weights) { return !find_nets(weights).empty(); },
    .facts = [](const Weights& weights,
                const ConvertOptions& options) { return describe(find_nets(weights), options); },
    .convert = [](Weights& weights, const ConvertOptions& options, const Checkpoint&) -> Result<Conversion> {
      const std::vector<Found> nets = find_nets(weights);
      if (nets.empty()) return invalid_argument("the checkpoint has the tensors of none of PNet, RNet and ONet");
      Conversion conversion;
      conversion.task = "detection";
      conversion.facts = TRY(describe(nets, options));
      for (const Found& found : nets) conversion.models.push_back(TRY(convert_net(weights, options, found)));
      return conversion;
    },
};

}  // namespace tandem::convert
