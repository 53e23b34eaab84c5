// SPDX-License-Identifier: Apache-2.0
// Graph out of the bytes, pass, verified graph back into bytes.
#include "app/optimize/optimize_passes.h"

#include <fmt/format.h>

#include "graph/passes/pass.h"
#include "optimize/calibrate.h"
#include "optimize/int8_dynamic.h"
#include "optimize/int8_static.h"

namespace tandem::app {
namespace {

/// The base under another precision; its label says what it was before, unless it was the original.
Network derive(const Network& base, std::string_view label, std::string_view precision) {
  Network network;
  network.name = base.name;
  network.label = base.label == "original" ? std::string(label) : fmt::format("{}-{}", base.label, label);
  network.precision = precision;
  return network;
}

Status add_part(Network& network, const NetworkPart& from, graph::Model& model) {
  model.metadata["optimized"] = network.label;
  NetworkPart part = from;
  part.onnx = TRY(write_part(model));
  network.parts.push_back(std::move(part));
  return {};
}

}  // namespace

Result<Network> make_float16(const Network& base, optimize::Float16Edges edges) {
  Network network = derive(base, "fp16", "fp16");
  optimize::Float16Report sum;
  for (const NetworkPart& part : base.parts) {
    graph::Model model = TRY(read_part(part));
    const optimize::Float16Report report = TRY(optimize::to_float16(model, edges));
    sum.weights += report.weights;
    sum.clamped += report.clamped;
    sum.flushed += report.flushed;
    sum.kept_nodes += report.kept_nodes;
    TRY(add_part(network, part, model));
  }
  network.about = fmt::format("{} weights halved, {} operators kept in float32, {} numbers clamped, {} became 0",
                              sum.weights, sum.kept_nodes, sum.clamped, sum.flushed);
  return network;
}

Result<Network> make_int8_dynamic(const Network& base, optimize::WeightBits bits) {
  Network network = derive(base, "int8-dynamic", "int8");
  optimize::DynamicReport sum;
  for (const NetworkPart& part : base.parts) {
    graph::Model model = TRY(read_part(part));
    const optimize::DynamicReport report = TRY(optimize::quantize_dynamic(model, bits));
    sum.products += report.products;
    sum.left += report.left;
    TRY(add_part(network, part, model));
  }
  if (sum.products == 0) {
    return fail(Code::kFailedPrecondition,
                "--int8=dynamic would change nothing: the model has no MatMul or Gemm with a constant matrix "
                "(convolutions need --int8=static)");
  }
  network.about = fmt::format("{} products in integers, {} left in float32", sum.products, sum.left);
  return network;
}

Result<Network> make_int8_static(const Network& base, const StaticTools& tools) {
  Network network = derive(base, "int8-static", "int8");
  graph::Model model = TRY(read_part(base.parts.front()));
  const std::size_t folded = TRY(graph::fold_batch_norm(model, {}));
  const std::vector<std::string> values = optimize::values_to_calibrate(model);
  if (values.empty()) {
    return fail(Code::kFailedPrecondition,
                "--int8=static would change nothing: the model has no Conv, MatMul or Gemm with constant weights");
  }
  const optimize::Samples samples{tools.calibration.examples.size(), [&](std::size_t index) {
                                    std::vector<Tensor> inputs;
                                    for (const Tensor& input : tools.calibration.examples[index].prepared.inputs) {
                                      inputs.push_back(input.view());
                                    }
                                    return Result<std::vector<Tensor>>(std::move(inputs));
                                  }};
  optimize::CalibrateOptions options;
  options.progress = tools.progress;
  const optimize::Ranges ranges = TRY(optimize::calibrate(model, values, tools.engine, samples, options));
  const optimize::StaticReport report = TRY(optimize::quantize_static(model, ranges, tools.bits));
  TRY(add_part(network, base.parts.front(), model));
  network.about = fmt::format(
      "{} convolutions and products and {} operators between them in integers, {} bits of weight, ranges of {} "
      "samples, "
      "{} normalizations folded",
      report.weighted, report.others, tools.bits == optimize::WeightBits::kEight ? 8 : 7, samples.count, folded);
  for (std::size_t i = 1; i < base.parts.size(); ++i) {
    network.parts.push_back(base.parts[i]);
    network.about += fmt::format("; the {} stays as it is", base.parts[i].part);
  }
  return network;
}

}  // namespace tandem::app
