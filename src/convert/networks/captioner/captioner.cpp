// SPDX-License-Identifier: Apache-2.0
// The captioner to ONNX: an encoder that sees the image, a step that says a word.
#include "convert/networks/captioner/config.h"
#include "convert/networks/captioner/parts.h"
#include "convert/networks/captioner/words.h"
#include "convert/networks/list.h"

namespace tandem::convert {
namespace {

/// Preprocessing that torchvision's MobileNetV3 was trained with.
ImageInput image_input(const CaptionerConfig& config) {
  return {config.image_size, {0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}};
}

Result<Conversion> convert_captioner(Weights& weights, const ConvertOptions& options,
                                     const std::vector<IntegerTable>& tables) {
  const CaptionerConfig config = TRY(infer_captioner(weights, options));
  Conversion conversion;
  conversion.task = "caption";
  conversion.facts = describe(config);
  graph::Model encoder = TRY(build_encoder(weights, config));
  graph::Model step = TRY(build_step(weights, config));
  conversion.models.push_back({"encoder", std::move(encoder), image_input(config)});
  conversion.models.push_back({"step", std::move(step)});
  TRY(add_words(conversion, tables, {config.vocabulary, config.cells}));
  return conversion;
}

}  // namespace

const Network kCaptioner = {
    .name = "captioner (MobileNetV3-small, attention, GRU)",
    .arch = "captioner",
    .matches = is_captioner,
    .facts = [](const Weights& weights, const ConvertOptions& options) -> Result<Facts> {
      return describe(TRY(infer_captioner(weights, options)));
    },
    .convert = [](Weights& weights, const ConvertOptions& options,
                  const Checkpoint& checkpoint) { return convert_captioner(weights, options, checkpoint.tables); },
};

}  // namespace tandem::convert
