// SPDX-License-Identifier: Apache-2.0
// The captioner to ONNX: an encoder that sees the image, a step that says a word.
#include "convert/networks/captioner/config.h"
#include "convert/networks/captioner/parts.h"
#include "convert/networks/captioner/words.h"
#include "convert/networks/image_network.h"
#include "convert/networks/list.h"

namespace tandem::convert {
namespace {

Result<Conversion> convert_captioner(Weights& weights, const ConvertOptions& options,
                                     const std::vector<IntegerTable>& tables) {
  const CaptionerConfig config = TRY(infer_captioner(weights, options));
  CaptionerParts parts;
  parts.facts = describe(config);
  parts.encoder = TRY(build_encoder(weights, config));
  parts.step = TRY(build_step(weights, config));
  parts.image = imagenet_input(config.image_size);  // what torchvision's MobileNetV3 was trained with
  parts.sizes = {config.vocabulary, config.cells};
  return caption_conversion(std::move(parts), tables);
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
