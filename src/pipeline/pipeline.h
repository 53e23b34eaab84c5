// SPDX-License-Identifier: Apache-2.0
// Pipeline: image -> tensors, and outputs -> what a person wants to know, as the model's config says.
//
// The same object serves the CLI, the server and the live view (R2.4). The model itself runs in between, wherever the
// caller wants it: `prepare run interpret`.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "core/model_info.h"
#include "core/tensor.h"
#include "pipeline/caption.h"
#include "pipeline/model_config.h"
#include "vision/image.h"

namespace tandem {

struct ClassProbability {
  std::string label;  // the config's, else "class_3"
  std::size_t index = 0;
  float probability = 0;
};

struct Classification {
  std::vector<ClassProbability> classes;  // by index
  std::size_t best = 0;                   // index of the largest
};

struct Segmentation {
  Image mask;                       // gray, the size of the original image; each pixel is a class index
  std::vector<std::string> labels;  // by class index
  std::vector<double> fractions;    // share of the pixels, by class index
  double mean_confidence = 0;       // mean probability of the chosen class over the pixels that are not class 0
};

/// What the outputs of one image mean. Exactly the parts that the config asks for are there; where it asks for one
/// twice, the model's first such output counts. A caption takes a second model: whoever runs it adds the caption.
struct Prediction {
  std::optional<Classification> classification;
  std::optional<Segmentation> segmentation;
  std::optional<Caption> caption;
};

/// The inputs of a model made from one image, and what is needed to carry the outputs back.
struct PreparedImage {
  std::vector<Tensor> inputs;  // one per model input, batch 1
  Placement placement;
  int image_width = 0;
  int image_height = 0;
};

/// Immutable after create(); thread-safe.
class Pipeline final {
 public:
  /// Checks the config against the model: names, shapes, channel counts, label counts.
  /// Errors: invalid_argument with the key, what was expected and what came.
  static Result<Pipeline> create(ModelConfig config, const ModelInfo& info);

  const ModelConfig& config() const { return config_; }

  /// Whether prepare() works: the model has one required input and its config says how an image becomes it.
  bool takes_image() const { return image_input_.has_value(); }

  /// Errors: failed_precondition (the config has no preprocessing), invalid_argument (the image).
  Result<PreparedImage> prepare(const Image& image) const;

  /// outputs: one per model output, batch 1. Errors: invalid_argument (shapes that do not fit the config).
  Result<Prediction> interpret(std::span<const Tensor> outputs, const PreparedImage& prepared) const;

 private:
  Pipeline(ModelConfig config, const ModelInfo& info);

  ModelConfig config_;
  std::size_t input_count_ = 0;
  std::optional<std::size_t> image_input_;                 // index into the model's inputs
  ImagePreprocess image_;                                  // of that input
  std::vector<std::optional<std::size_t>> output_config_;  // model output -> index into config_.outputs
};

/// The image with the segmentation's regions coloured in and outlined.
/// Errors: invalid_argument (an image of another size than the mask).
Result<Image> to_overlay(const Image& image, const Segmentation& segmentation);

}  // namespace tandem
