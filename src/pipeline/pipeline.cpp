// SPDX-License-Identifier: Apache-2.0
// Pipeline: finds its way between the model's tensors and the config's entries.
#include "pipeline/pipeline.h"

#include <fmt/format.h>

#include <algorithm>

#include "pipeline/classify.h"
#include "pipeline/pipeline_checks.h"
#include "pipeline/segment.h"
#include "vision/draw.h"

namespace tandem {
namespace {

template <typename Entry>
std::optional<std::size_t> index_of(const std::vector<Entry>& entries, const std::string& name) {
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.name == name; });
  if (found == entries.end()) return std::nullopt;
  return static_cast<std::size_t>(found - entries.begin());
}

}  // namespace

Result<Pipeline> Pipeline::create(ModelConfig config, const ModelInfo& info) {
  TRY(check_config(config, info));
  return Pipeline(std::move(config), info);
}

Pipeline::Pipeline(ModelConfig config, const ModelInfo& info)
    : config_(std::move(config)), input_count_(info.inputs.size()) {
  std::size_t required = 0;
  for (std::size_t i = 0; i < info.inputs.size(); ++i) {
    if (info.inputs[i].optional) continue;
    ++required;
    const auto entry = index_of(config_.inputs, info.inputs[i].name);
    if (entry && config_.inputs[*entry].image) {
      image_input_ = i;
      image_ = *config_.inputs[*entry].image;
    }
  }
  if (required != 1) image_input_.reset();
  for (const TensorSpec& output : info.outputs) output_config_.push_back(index_of(config_.outputs, output.name));
}

Result<PreparedImage> Pipeline::prepare(const Image& image) const {
  if (!image_input_) {
    return fail(Code::kFailedPrecondition,
                "the model's config does not say how an image becomes its input; send tensors, or add inputs[].image");
  }
  PreprocessedImage preprocessed = TRY(preprocess(image, image_));
  PreparedImage prepared;
  prepared.inputs.resize(input_count_);  // optional inputs stay empty
  prepared.inputs[*image_input_] = std::move(preprocessed.tensor);
  prepared.placement = preprocessed.placement;
  prepared.image_width = image.width;
  prepared.image_height = image.height;
  return prepared;
}

Result<Prediction> Pipeline::interpret(std::span<const Tensor> outputs, const PreparedImage& prepared) const {
  if (outputs.size() != output_config_.size()) {
    return invalid_argument(fmt::format("expected {} outputs, got {}", output_config_.size(), outputs.size()));
  }
  Prediction prediction;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!output_config_[i]) continue;
    const OutputConfig& output = config_.outputs[*output_config_[i]];
    const auto add_name = [&output](const Error& error) { return error.with_context("output '" + output.name + "'"); };
    if (output.postprocess == Postprocess::kClassification && !prediction.classification) {
      prediction.classification = TRY(classify(outputs[i], output).map_error(add_name));
    }
    if (output.postprocess == Postprocess::kSegmentation && !prediction.segmentation) {
      const InputSize input = image_input_ ? InputSize{image_.width, image_.height}
                                           : InputSize{prepared.image_width, prepared.image_height};
      prediction.segmentation = TRY(segment(outputs[i], output, prepared, input).map_error(add_name));
    }
  }
  return prediction;
}

Result<Image> to_overlay(const Image& image, const Segmentation& segmentation) {
  return draw_mask(image, segmentation.mask);
}

}  // namespace tandem
