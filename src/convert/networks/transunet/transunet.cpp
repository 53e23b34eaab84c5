// SPDX-License-Identifier: Apache-2.0
// TransUNet to ONNX: image float32 [batch, 3, S, S] -> logits float32 [batch, classes, S, S].
#include <fmt/format.h>

#include "convert/networks/list.h"
#include "convert/networks/transunet/config.h"
#include "convert/networks/transunet/parts.h"

namespace tandem::convert {
namespace {

TensorSpec image_spec(std::string name, std::int64_t channels, std::int64_t size) {
  return {std::move(name),
          DType::kFloat32,
          {{Dim::symbol("batch"), Dim::fixed(channels), Dim::fixed(size), Dim::fixed(size)}, false},
          false};
}

Result<graph::Model> build_model(Weights& weights, const TransUnetConfig& config) {
  GraphBuilder graph("transunet");
  const Build build{graph, weights};
  const Feature image{graph.input(image_spec("input", 3, config.image_size)), 3, config.image_size, config.image_size};
  const ResNetFeatures features = TRY(build_resnet(build, config, image));
  const std::string tokens = TRY(build_transformer(build, config, features.deepest));
  const Feature logits = TRY(build_decoder(build, config, tokens, features.skips));
  graph.output(logits.value, image_spec("output", config.classes, config.image_size));
  return std::move(graph).finish();
}

/// Any width, depth and input size of the hybrid family. Errors: invalid_argument naming the tensor that does not fit.
Result<Conversion> convert_transunet(Weights& weights, const ConvertOptions& options) {
  const TransUnetConfig config = TRY(infer_transunet(weights, options));
  if (!options.labels.empty() && options.labels.size() != static_cast<std::size_t>(config.classes)) {
    return invalid_argument(fmt::format("labels: the network tells {} classes apart, got {} labels", config.classes,
                                        options.labels.size()));
  }
  Conversion conversion;
  conversion.labels = options.labels;
  conversion.task = "segmentation";
  conversion.facts = describe(config);
  graph::Model model = TRY(build_model(weights, config));
  conversion.models.push_back({"", std::move(model), ImageInput{config.image_size}});
  return conversion;
}

}  // namespace

const Network kTransUnet = {
    .name = "TransUNet",
    .arch = "transunet",
    .matches = is_transunet,
    .facts = [](const Weights& weights, const ConvertOptions& options) -> Result<Facts> {
      return describe(TRY(infer_transunet(weights, options)));
    },
    .convert = [](Weights& weights, const ConvertOptions& options,
                  const Checkpoint&) { return convert_transunet(weights, options); },
};

}  // namespace tandem::convert
