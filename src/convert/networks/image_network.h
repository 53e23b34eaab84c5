// SPDX-License-Identifier: Apache-2.0
// What networks that see one image and give one answer have in common: input, output, labels, preprocessing.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "convert/layers/feature.h"
#include "convert/networks/network.h"

namespace tandem::convert {

/// The preprocessing that ImageNet's classifiers are published with.
ImageInput imagenet_input(std::int64_t size);

struct ImageSize {
  std::int64_t published = 224;
  std::int64_t least = 32;  // smaller ones leave nothing after the strides
};
/// Height and width of the image: the shape of options.input_shapes for "input", else options.image_size, else the
/// published size. Errors: invalid_argument (out of [least, 4096], or no [batch, channels, height, width]).
Result<HeightWidth> choose_image_size(const ConvertOptions& options, ImageSize size);

std::string to_string(HeightWidth size);  // "224 x 224"

struct ImageNetwork {
  std::string graph;  // names the ONNX graph: "resnet"
  std::string task;   // "classification", "segmentation"
  Facts facts;
  HeightWidth size = 0;
  std::optional<ImageInput> image = std::nullopt;  // where it is published; its size is not read: `size` is
  std::int64_t channels = 3;                       // of the image
};

/// An input or output [batch, sizes...].
TensorSpec batched(std::string name, const std::vector<std::int64_t>& sizes, DType dtype = DType::kFloat32);

/// The network's answer: float32 [batch, classes, ...].
struct ImageAnswer {
  std::string value;
  std::vector<std::int64_t> sizes;                     // without the batch
  std::optional<std::int64_t> classes = std::nullopt;  // that labels are for; default: the first size, none is 0
};
using ImageBody = std::function<Result<ImageAnswer>(Build build, const Feature& image)>;

/// input: float32 [batch, channels, height, width] -> output: what the body makes of it.
/// Errors: those of the body; invalid_argument (labels for another number of classes).
Result<Conversion> convert_image_network(Weights& weights, const ConvertOptions& options, ImageNetwork network,
                                         const ImageBody& body);

/// The mean of each channel, then fully connected: what most classifiers end with. Classes come from the tensor.
Result<ImageAnswer> pooled_classifier(Build build, const Feature& input, const std::string& path);

/// AlexNet's and VGG's: two hidden layers with ReLUs, at these places of the list `classifier`, and the last at 6. All
/// widths come from the tensors.
Result<ImageAnswer> hidden_classifier(Build build, const Feature& pooled, const std::array<int, 2>& hidden);

/// What every classifier of convolutions and batch norms has; families with nothing else to tell use it as it is.
struct ClassifierConfig {
  HeightWidth size = 224;
  double epsilon = 1e-5;  // of its batch norms
  std::int64_t classes = 0;
};
struct ClassifierDefaults {
  std::string_view head;  // the tensor whose first dimension counts the classes
  std::size_t head_rank = 2;
  ImageSize size = {};
  double epsilon = 1e-5;
};
Result<ClassifierConfig> infer_classifier(const Weights& weights, const ConvertOptions& options,
                                          const ClassifierDefaults& defaults);
Facts describe(const ClassifierConfig& config);

/// How many of prefix + 0 + suffix, prefix + 1 + suffix ... the checkpoint has, counted from `first`.
std::int64_t count_tensors(const Weights& weights, std::string_view prefix, std::string_view suffix,
                           std::int64_t first = 0);

}  // namespace tandem::convert
