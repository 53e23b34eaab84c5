// SPDX-License-Identifier: Apache-2.0
// One input, one output, under the names that every consumer expects.
#include "convert/networks/image_network.h"

#include <fmt/format.h>

#include <algorithm>

#include "convert/interface.h"
#include "convert/layers.h"

namespace tandem::convert {
namespace {

constexpr std::int64_t kMaxImage = 4096;
constexpr std::int64_t kMaxCount = 4096;  // of layers in one row: far above any network

Result<HeightWidth> wanted_size(const ConvertOptions& options, std::int64_t published) {
  const std::vector<std::int64_t>* asked = asked_shape(options, "input");
  if (asked == nullptr) return HeightWidth(options.image_size.value_or(published));
  if (asked->size() == 4) return HeightWidth((*asked)[2], (*asked)[3]);
  return invalid_argument(
      fmt::format("--input input: got {} dimensions, expected batch, channels, height and width", asked->size()));
}

Status check_labels(const ConvertOptions& options, const ImageAnswer& answer) {
  const std::int64_t classes = answer.classes.value_or(answer.sizes.front());
  if (options.labels.empty() || options.labels.size() == static_cast<std::size_t>(classes)) return {};
  return invalid_argument(
      fmt::format("labels: the network tells {} classes apart, got {} labels", classes, options.labels.size()));
}

}  // namespace

TensorSpec batched(std::string name, const std::vector<std::int64_t>& sizes, DType dtype) {
  TensorSpec spec{std::move(name), dtype, {{Dim::symbol("batch")}, false}, false};
  for (const std::int64_t size : sizes) spec.shape.dims.push_back(Dim::fixed(size));
  return spec;
}

ImageInput imagenet_input(std::int64_t size) { return {size, {0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}}; }

std::string to_string(HeightWidth size) { return fmt::format("{} x {}", size.height, size.width); }

Result<HeightWidth> choose_image_size(const ConvertOptions& options, ImageSize size) {
  const HeightWidth wanted = TRY(wanted_size(options, size.published));
  const std::int64_t smallest = std::min(wanted.height, wanted.width);
  if (smallest >= size.least && std::max(wanted.height, wanted.width) <= kMaxImage) return wanted;
  return invalid_argument(
      fmt::format("an image of {}: expected sides of {} to {}", to_string(wanted), size.least, kMaxImage));
}

Result<Conversion> convert_image_network(Weights& weights, const ConvertOptions& options, ImageNetwork network,
                                         const ImageBody& body) {
  GraphBuilder graph(network.graph);
  const HeightWidth size = network.size;
  const std::string input = graph.input(batched("input", {network.channels, size.height, size.width}));
  const ImageAnswer answer = TRY(body({graph, weights}, {input, network.channels, size.height, size.width}));
  TRY(check_labels(options, answer));
  graph.output(answer.value, batched("output", answer.sizes));
  Conversion conversion;
  conversion.task = std::move(network.task);
  conversion.facts = std::move(network.facts);
  conversion.labels = options.labels;
  ConvertedModel model;
  model.model = TRY(std::move(graph).finish());
  if (size.height == size.width) model.image = std::move(network.image);
  if (model.image) model.image->size = size.height;
  conversion.models.push_back(std::move(model));
  return conversion;
}

Result<ImageAnswer> pooled_classifier(Build build, const Feature& input, const std::string& path) {
  const std::int64_t classes = TRY(build.weights.dim(path + ".weight", 2, 0));
  const Feature pooled = global_average_pool(build, input, "avgpool");
  const std::string flat = flatten(build, pooled, "flatten");
  std::string logits = TRY(dense(build, flat, {.path = path, .inputs = input.channels, .outputs = classes}));
  return ImageAnswer{std::move(logits), {classes}};
}

Result<ImageAnswer> hidden_classifier(Build build, const Feature& pooled, const std::array<int, 2>& hidden) {
  std::string row = flatten(build, pooled, "flatten");
  std::int64_t inputs = pooled.channels * pooled.height * pooled.width;
  for (const int index : hidden) {
    const std::string path = fmt::format("classifier.{}", index);
    const std::int64_t outputs = TRY(build.weights.dim(path + ".weight", 2, 0));
    row = TRY(dense(build, row, {.path = path, .inputs = inputs, .outputs = outputs}));
    row = activate(build, row, Activation::kRelu, fmt::format("classifier.{}", index + 1));
    inputs = outputs;
  }
  const std::int64_t classes = TRY(build.weights.dim("classifier.6.weight", 2, 0));
  row = TRY(dense(build, row, {.path = "classifier.6", .inputs = inputs, .outputs = classes}));
  return ImageAnswer{std::move(row), {classes}};
}

Result<ClassifierConfig> infer_classifier(const Weights& weights, const ConvertOptions& options,
                                          const ClassifierDefaults& defaults) {
  ClassifierConfig config;
  config.size = TRY(choose_image_size(options, defaults.size));
  config.epsilon = options.batch_norm_epsilon.value_or(defaults.epsilon);
  config.classes = TRY(weights.dim(defaults.head, defaults.head_rank, 0));
  return config;
}

Facts describe(const ClassifierConfig& config) {
  return {{"image size", to_string(config.size)},
          {"classes", fmt::format("{}", config.classes)},
          {"batch norm eps", fmt::format("{}", config.epsilon)}};
}

std::int64_t count_tensors(const Weights& weights, std::string_view prefix, std::string_view suffix,
                           std::int64_t first) {
  std::int64_t found = 0;
  while (found < kMaxCount && weights.has(fmt::format("{}{}{}", prefix, first + found, suffix))) ++found;
  return found;
}

}  // namespace tandem::convert
