// SPDX-License-Identifier: Apache-2.0
// Names, shapes, channel counts and label counts of a config against the model's own.
#include "pipeline/pipeline_checks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "pipeline/classify.h"

namespace tandem {
namespace {

Result<const TensorSpec*> find_spec(const std::vector<TensorSpec>& specs, const std::string& key,
                                    const std::string& name) {
  const auto found =
      std::find_if(specs.begin(), specs.end(), [&](const TensorSpec& spec) { return spec.name == name; });
  if (found != specs.end()) return &*found;
  std::vector<std::string> names;
  for (const TensorSpec& spec : specs) names.push_back(spec.name);
  return invalid_argument(
      fmt::format("{}: expected one of the model's [{}], got '{}'", key, fmt::join(names, ", "), name));
}

bool fits(const Dim& dim, std::int64_t size) { return !dim.is_fixed() || dim.size == size; }

Status check_image_input(const ImagePreprocess& image, const TensorSpec& spec, const std::string& key) {
  if (spec.dtype != DType::kFloat32) {
    return invalid_argument(fmt::format("{}: makes float32, but the model takes {}", key, to_string(spec)));
  }
  const std::int64_t channels = image.color == ColorOrder::kGray ? 1 : 3;
  const Shape shape = image.layout == Layout::kNchw ? Shape{1, channels, image.height, image.width}
                                                    : Shape{1, image.height, image.width, channels};
  bool good = spec.shape.unknown_rank || spec.shape.rank() == shape.rank();
  for (std::size_t i = 0; good && i < spec.shape.rank(); ++i) good = fits(spec.shape.dims[i], shape[i]);
  if (good) return {};
  return invalid_argument(
      fmt::format("{}: makes float32{}, but the model takes {}", key, to_string(shape), to_string(spec)));
}

Status check_labels(const OutputConfig& output, std::int64_t channels, const std::string& key) {
  if (channels == 1 && output.activation == Activation::kSoftmax) {
    return invalid_argument(key + ".activation: softmax of one channel is always 1; expected sigmoid or none");
  }
  const std::size_t classes = class_count(static_cast<std::size_t>(channels));
  if (output.labels.empty() || output.labels.size() == classes) return {};
  return invalid_argument(
      fmt::format("{}.labels: expected {} labels, one per class, got {}", key, classes, output.labels.size()));
}

Status check_output(const OutputConfig& output, const TensorSpec& spec, const std::string& key) {
  if (output.postprocess == Postprocess::kNone) return {};
  if (!is_floating_point(spec.dtype)) {
    return invalid_argument(
        fmt::format("{}.postprocess: needs floating point, but the model gives {}", key, to_string(spec)));
  }
  if (spec.shape.unknown_rank) return {};
  const bool segmentation = output.postprocess == Postprocess::kSegmentation;
  const std::size_t rank = spec.shape.rank();
  bool good = segmentation ? rank == 4 : rank >= 2;
  good = good && fits(spec.shape.dims[0], 1);
  for (std::size_t i = 2; good && !segmentation && i < rank; ++i) good = fits(spec.shape.dims[i], 1);
  if (!good) {
    return invalid_argument(fmt::format("{}.postprocess: {} needs an output {}, but the model gives {}", key,
                                        segmentation ? "segmentation" : "classification",
                                        segmentation ? "[1, classes, height, width]" : "[1, classes]",
                                        to_string(spec)));
  }
  const Dim& channels = spec.shape.dims[1];
  return channels.is_fixed() ? check_labels(output, channels.size, key) : Status{};
}

}  // namespace

Status check_config(const ModelConfig& config, const ModelInfo& info) {
  for (std::size_t i = 0; i < config.inputs.size(); ++i) {
    const std::string key = fmt::format("inputs[{}]", i);
    const TensorSpec* spec = TRY(find_spec(info.inputs, key + ".name", config.inputs[i].name));
    if (config.inputs[i].image) TRY(check_image_input(*config.inputs[i].image, *spec, key + ".image"));
  }
  for (std::size_t i = 0; i < config.outputs.size(); ++i) {
    const std::string key = fmt::format("outputs[{}]", i);
    const TensorSpec* spec = TRY(find_spec(info.outputs, key + ".name", config.outputs[i].name));
    TRY(check_output(config.outputs[i], *spec, key));
  }
  return {};
}

}  // namespace tandem
