// SPDX-License-Identifier: Apache-2.0
// YOLOv8 for detection (n, s, m, l, x and any width between) with the names of ultralytics' state dicts, to boxes and
// scores as they leave its exporter. Written from the published configuration; no code of it is here.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "convert/layers.h"
#include "convert/networks/image_network.h"
#include "convert/networks/list.h"

namespace tandem::convert {
namespace {

constexpr std::size_t kYoloLevels = 3;
constexpr std::array<std::int64_t, kYoloLevels> kYoloStrides = {8, 16, 32};
constexpr std::int64_t kMostStride = 32;
constexpr std::int64_t kSides = 4;  // left, top, right, bottom

struct YoloConfig {
  std::string path = "model.";  // before the number of every layer
  HeightWidth size = 640;
  double epsilon = 1e-3;  // ultralytics sets it for all of its networks
  std::int64_t classes = 0;
  std::int64_t bins = 16;  // of the distribution over each side's distance
};

constexpr std::array<std::string_view, 3> kYoloPaths = {"model.", "", "model.model."};

bool is_yolo_below(const Weights& weights, std::string_view path) {
  for (const char* name : {"0.conv.weight", "2.cv1.conv.weight", "21.cv2.conv.weight", "22.dfl.conv.weight",
                           "22.cv2.0.0.conv.weight", "22.cv3.0.0.conv.weight"}) {
    if (!weights.has(fmt::format("{}{}", path, name))) return false;
  }
  return true;
}

bool is_yolov8(const Weights& weights) {
  return std::ranges::any_of(kYoloPaths, [&](std::string_view path) { return is_yolo_below(weights, path); });
}

Result<YoloConfig> infer_yolov8(const Weights& weights, const ConvertOptions& options) {
  YoloConfig config;
  const auto path =
      std::ranges::find_if(kYoloPaths, [&](std::string_view each) { return is_yolo_below(weights, each); });
  if (path != kYoloPaths.end()) config.path = *path;
  config.size = TRY(choose_image_size(options, {.published = 640, .least = kMostStride}));
  if (config.size.height % kMostStride != 0 || config.size.width % kMostStride != 0) {
    return invalid_argument(
        fmt::format("an image of {}: expected multiples of {}", to_string(config.size), kMostStride));
  }
  config.epsilon = options.batch_norm_epsilon.value_or(config.epsilon);
  config.classes = TRY(weights.dim(config.path + "22.cv3.0.2.weight", 4, 0));
  config.bins = TRY(weights.dim(config.path + "22.dfl.conv.weight", 4, 1));
  return config;
}

/// The published member of that width and depth, or "custom".
std::string member(std::int64_t stem, std::int64_t depth) {
  struct Member {
    std::int64_t stem, depth;
    const char* name;
  };
  for (const Member& each : {Member{16, 2, "n"}, {32, 2, "s"}, {48, 4, "m"}, {64, 6, "l"}, {80, 6, "x"}}) {
    if (each.stem == stem && each.depth == depth) return each.name;
  }
  return "custom";
}

Facts describe(const Weights& weights, const YoloConfig& config) {
  const Shape* stem = weights.shape(config.path + "0.conv.weight");
  const std::int64_t width = stem != nullptr && stem->rank() == 4 ? (*stem)[0] : 0;
  const std::int64_t depth = count_tensors(weights, config.path + "4.m.", ".cv1.conv.weight");
  return {{"member", fmt::format("{} ({} channels first, {} bottlenecks at most)", member(width, depth), width, depth)},
          {"classes", fmt::format("{}", config.classes)},
          {"image size", to_string(config.size)},
          {"batch norm eps", fmt::format("{}", config.epsilon)}};
}

/// Convolution, batch norm, SiLU; the kernel is the tensor's, and the size is kept but for the stride.
Result<Feature> conv(Build build, const YoloConfig& config, const Feature& input,
                     const std::pair<std::string, std::int64_t>& layer) {
  const auto& [path, stride] = layer;
  const std::int64_t kernel = TRY(build.weights.dim(path + ".conv.weight", 4, 2));
  const Feature x = TRY(conv2d(build, input,
                               {.path = path + ".conv",
                                .kernel = kernel,
                                .stride = stride,
                                .padding = kernel / 2,
                                .batch_norm = path + ".bn",
                                .epsilon = config.epsilon}));
  return activate(build, x, Activation::kSilu, path + ".act");
}

/// Half of the channels goes through bottlenecks one after the other, and everything that comes out is joined.
Result<Feature> c2f(Build build, const YoloConfig& config, const Feature& input, std::pair<int, bool> layer) {
  const std::string path = fmt::format("{}{}", config.path, layer.first);
  const bool shortcut = layer.second;
  const Feature both = TRY(conv(build, config, input, {path + ".cv1", 1}));
  const std::int64_t half = both.channels / 2;
  if (half * 2 != both.channels) return invalid_argument(fmt::format("'{}.cv1' gives an odd number of channels", path));
  std::vector<Feature> parts = {slice_channels(build, both, {0, half}, path + ".first"),
                                slice_channels(build, both, {half, half}, path + ".second")};
  const std::int64_t depth = count_tensors(build.weights, path + ".m.", ".cv1.conv.weight");
  for (std::int64_t i = 0; i < depth; ++i) {
    const std::string name = fmt::format("{}.m.{}", path, i);
    Feature x = TRY(conv(build, config, parts.back(), {name + ".cv1", 1}));
    x = TRY(conv(build, config, x, {name + ".cv2", 1}));
    parts.push_back(shortcut ? TRY(add(build, parts.back(), x, name + ".add")) : x);
  }
  return conv(build, config, TRY(concat(build, parts, path + ".joined")), {path + ".cv2", 1});
}

/// Three pools of 5 x 5 one after the other see what pools of 5, 9 and 13 do.
Result<Feature> pyramid_pool(Build build, const YoloConfig& config, const Feature& input, int layer) {
  const std::string path = fmt::format("{}{}", config.path, layer);
  std::vector<Feature> parts;
  parts.push_back(TRY(conv(build, config, input, {path + ".cv1", 1})));
  for (int i = 0; i < 3; ++i) {
    parts.push_back(TRY(max_pool(build, parts.back(),
                                 {.path = fmt::format("{}.m.{}", path, i), .kernel = 5, .stride = 1, .padding = 2})));
  }
  return conv(build, config, TRY(concat(build, parts, path + ".joined")), {path + ".cv2", 1});
}

/// What two layers give, joined.
Result<Feature> join(Build build, const YoloConfig& config, const std::array<Feature, 2>& inputs, int layer) {
  return concat(build, inputs, fmt::format("{}{}", config.path, layer));
}

Feature doubled(Build build, const YoloConfig& config, const Feature& input, int layer) {
  return resize(build, input,
                {.path = fmt::format("{}{}", config.path, layer), .size = {2 * input.height, 2 * input.width}});
}

/// The backbone's features at strides of 8, 16 and 32: layers 4, 6 and 9.
Result<std::array<Feature, kYoloLevels>> backbone(Build build, const YoloConfig& config, const Feature& image) {
  const auto halve = [&](const Feature& x, int layer) {
    return conv(build, config, x, {fmt::format("{}{}", config.path, layer), 2});
  };
  Feature x = TRY(halve(image, 0));
  x = TRY(c2f(build, config, TRY(halve(x, 1)), {2, true}));
  const Feature eighth = TRY(c2f(build, config, TRY(halve(x, 3)), {4, true}));
  const Feature sixteenth = TRY(c2f(build, config, TRY(halve(eighth, 5)), {6, true}));
  x = TRY(c2f(build, config, TRY(halve(sixteenth, 7)), {8, true}));
  const Feature last = TRY(pyramid_pool(build, config, x, 9));
  return std::array<Feature, kYoloLevels>{eighth, sixteenth, last};
}

/// From coarse to fine and back: layers 10 to 21.
Result<std::array<Feature, kYoloLevels>> neck(Build build, const YoloConfig& config,
                                              const std::array<Feature, kYoloLevels>& features) {
  const auto halve = [&](const Feature& x, int layer) {
    return conv(build, config, x, {fmt::format("{}{}", config.path, layer), 2});
  };
  const Feature up = doubled(build, config, features[2], 10);
  const Feature middle = TRY(c2f(build, config, TRY(join(build, config, {up, features[1]}, 11)), {12, false}));
  const Feature upper = doubled(build, config, middle, 13);
  const Feature fine = TRY(c2f(build, config, TRY(join(build, config, {upper, features[0]}, 14)), {15, false}));
  const Feature down = TRY(halve(fine, 16));
  const Feature medium = TRY(c2f(build, config, TRY(join(build, config, {down, middle}, 17)), {18, false}));
  const Feature lower = TRY(halve(medium, 19));
  const Feature coarse = TRY(c2f(build, config, TRY(join(build, config, {lower, features[2]}, 20)), {21, false}));
  return std::array<Feature, kYoloLevels>{fine, medium, coarse};
}

/// One branch of the head over all levels: float32 [batch, channels, 1, anchors].
Result<Feature> branch(Build build, const YoloConfig& config, const std::array<Feature, kYoloLevels>& levels,
                       std::pair<std::string_view, std::int64_t> named) {
  const auto& [name, channels] = named;
  std::vector<std::string> rows;
  std::int64_t anchors = 0;
  for (std::size_t level = 0; level < kYoloLevels; ++level) {
    const std::string path = fmt::format("{}22.{}.{}", config.path, name, level);
    Feature x = TRY(conv(build, config, levels[level], {path + ".0", 1}));
    x = TRY(conv(build, config, x, {path + ".1", 1}));
    x = TRY(conv2d(build, x, {.path = path + ".2", .outputs = channels, .bias = true}));
    anchors += x.height * x.width;
    rows.push_back(reshape(build, x.value, {0, channels, 1, x.height * x.width}, path + ".row"));
  }
  std::string joined = build.graph.add("Concat", std::move(rows), fmt::format("{}22.{}", config.path, name),
                                       attributes("axis", std::int64_t{3}));
  return Feature{std::move(joined), channels, 1, anchors};
}

/// The centre of each cell in cells, float32 [1, 2, 1, anchors] (x, y), and its stride, [1, 1, 1, anchors].
struct Anchors {
  std::vector<float> centres;
  std::vector<float> strides;
};
Anchors anchors_of(const std::array<Feature, kYoloLevels>& levels) {
  std::vector<float> x;
  std::vector<float> y;
  Anchors anchors;
  for (std::size_t level = 0; level < kYoloLevels; ++level) {
    for (std::int64_t cell = 0; cell < levels[level].height * levels[level].width; ++cell) {
      const std::int64_t row = cell / levels[level].width;
      const std::int64_t column = cell % levels[level].width;
      x.push_back(static_cast<float>(column) + 0.5F);
      y.push_back(static_cast<float>(row) + 0.5F);
      anchors.strides.push_back(static_cast<float>(kYoloStrides[level]));
    }
  }
  anchors.centres = std::move(x);
  anchors.centres.insert(anchors.centres.end(), y.begin(), y.end());
  return anchors;
}

/// The expected distance to each side, in cells: softmax over the bins, then their mean (Li et al., arXiv 2006.04388).
Result<Feature> distances(Build build, const YoloConfig& config, const Feature& boxes) {
  const std::string path = config.path + "22.dfl";
  const std::string split = reshape(build, boxes.value, {0, kSides, config.bins, boxes.width}, path + ".split");
  const std::string bins = transpose(build, split, {0, 2, 1, 3}, path + ".bins");
  const std::string shares = build.graph.add("Softmax", {bins}, path + ".softmax", attributes("axis", std::int64_t{1}));
  const Feature mean =
      TRY(conv2d(build, {shares, config.bins, kSides, boxes.width}, {.path = path + ".conv", .outputs = 1}));
  return Feature{reshape(build, mean.value, {0, kSides, 1, boxes.width}, path), kSides, 1, boxes.width};
}

/// Centre, width and height in the image's pixels.
Result<Feature> decode(Build build, const YoloConfig& config, const Feature& sides, const Anchors& anchors) {
  GraphBuilder& graph = build.graph;
  const std::string path = config.path + "22.boxes";
  Tensor centres = TRY(Tensor::from<float>({1, 2, 1, sides.width}, std::span(anchors.centres)));
  Tensor strides = TRY(Tensor::from<float>({1, 1, 1, sides.width}, std::span(anchors.strides)));
  const std::string centre = graph.weight(path + ".anchors", std::move(centres));
  const std::string stride = graph.weight(path + ".strides", std::move(strides));
  const Feature before = slice_channels(build, sides, {0, 2}, path + ".before");
  const Feature after = slice_channels(build, sides, {2, 2}, path + ".after");
  const std::string low = graph.add("Sub", {centre, before.value}, path + ".low");
  const std::string high = graph.add("Add", {centre, after.value}, path + ".high");
  const std::string sum = graph.add("Add", {low, high}, path + ".sum");
  const std::string middle = graph.add("Div", {sum, graph.scalar(path + ".two", 2.0F)}, path + ".middle");
  const std::string extent = graph.add("Sub", {high, low}, path + ".extent");
  const std::string cells = graph.add("Concat", {middle, extent}, path + ".cells", attributes("axis", std::int64_t{1}));
  return sides.with(graph.add("Mul", {cells, stride}, path));
}

Result<ImageAnswer> build_yolov8(Build build, const YoloConfig& config, const Feature& image) {
  const auto features = TRY(backbone(build, config, image));
  const auto levels = TRY(neck(build, config, features));
  const Feature raw = TRY(branch(build, config, levels, {"cv2", kSides * config.bins}));
  const Feature boxes = TRY(decode(build, config, TRY(distances(build, config, raw)), anchors_of(levels)));
  const Feature logits = TRY(branch(build, config, levels, {"cv3", config.classes}));
  const Feature scores = activate(build, logits, Activation::kSigmoid, config.path + "22.scores");
  const Feature both = TRY(concat(build, std::array{boxes, scores}, config.path + "22.joined"));
  const std::int64_t rows = kSides + config.classes;
  return ImageAnswer{
      reshape(build, both.value, {0, rows, both.width}, config.path + "22.output"), {rows, both.width}, config.classes};
}

}  // namespace

const Network kYoloV8 = {
    .name = "YOLOv8",
    .arch = "yolov8",
    .matches = is_yolov8,
    .facts = [](const Weights& weights, const ConvertOptions& options) -> Result<Facts> {
      return describe(weights, TRY(infer_yolov8(weights, options)));
    },
    .convert = [](Weights& weights, const ConvertOptions& options, const Checkpoint&) -> Result<Conversion> {
      const YoloConfig config = TRY(infer_yolov8(weights, options));
      return convert_image_network(
          weights, options, {"yolov8", "detection", describe(weights, config), config.size, ImageInput{}},
          [&](Build build, const Feature& image) { return build_yolov8(build, config, image); });
    },
};

}  // namespace tandem::convert
