// SPDX-License-Identifier: Apache-2.0
// The keys of schema 1; docs/formats/model-config.md says what each means.
#include "pipeline/model_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/file.h"
#include "pipeline/config_reader.h"

namespace tandem {
namespace {

constexpr std::size_t kMaxEntries = 256;  // of inputs, of outputs
constexpr std::array<std::string_view, 4> kPrecisions = {"fp32", "fp16", "int8", "bf16"};
// In the order of the enums they name.
constexpr std::array<std::string_view, 4> kResizeModes = {"stretch", "letterbox", "shortside", "topleft"};
constexpr std::array<std::string_view, 3> kInterpolations = {"nearest", "bilinear", "area"};
constexpr std::array<std::string_view, 3> kColors = {"gray", "rgb", "bgr"};
constexpr std::array<std::string_view, 2> kLayouts = {"nchw", "nhwc"};
constexpr std::array<std::string_view, 3> kInverts = {"never", "always", "auto"};
constexpr std::array<std::string_view, 3> kPostprocesses = {"none", "classification", "segmentation"};
constexpr std::array<std::string_view, 3> kActivations = {"none", "softmax", "sigmoid"};

template <typename Enum>
Status read_choice(const ConfigMapping& mapping, std::string_view key, std::span<const std::string_view> names,
                   Enum& target) {
  if (const auto value = mapping.find(key)) target = static_cast<Enum>(TRY(value->choice(names)));
  return {};
}

Status read_channel_numbers(const ConfigMapping& mapping, std::string_view key, std::size_t channels,
                            std::vector<float>& target) {
  const auto value = mapping.find(key);
  if (!value) return {};
  const auto items = TRY(value->list());
  if (items.size() != channels) {
    return invalid_argument(
        fmt::format("{}: expected {} numbers, one per channel, got {}", value->path, channels, items.size()));
  }
  for (const ConfigValue& item : items) {
    target.push_back(TRY(item.number()));
    if (key == "std" && target.back() == 0) return item.wrong("a number that is not 0");
  }
  return {};
}

Status read_image(const ConfigValue& value, ImagePreprocess& image) {
  const ConfigMapping mapping =
      TRY(ConfigMapping::open(value, {"width", "height", "resize", "interpolation", "color", "layout", "invert",
                                      "pad_value", "scale", "mean", "std"}));
  const ConfigValue width = TRY(mapping.required("width"));
  const ConfigValue height = TRY(mapping.required("height"));
  image.width = static_cast<int>(TRY(width.integer(1, kMaxInputSide)));
  image.height = static_cast<int>(TRY(height.integer(1, kMaxInputSide)));
  TRY(read_choice(mapping, "resize", kResizeModes, image.resize));
  TRY(read_choice(mapping, "interpolation", kInterpolations, image.interpolation));
  TRY(read_choice(mapping, "color", kColors, image.color));
  TRY(read_choice(mapping, "layout", kLayouts, image.layout));
  TRY(read_choice(mapping, "invert", kInverts, image.invert));
  if (const auto pad = mapping.find("pad_value")) image.pad_value = static_cast<int>(TRY(pad->integer(0, 255)));
  if (const auto scale = mapping.find("scale")) image.scale = TRY(scale->number());
  const std::size_t channels = image.color == ColorOrder::kGray ? 1 : 3;
  TRY(read_channel_numbers(mapping, "mean", channels, image.mean));
  return read_channel_numbers(mapping, "std", channels, image.std);
}

Result<InputConfig> read_input(const ConfigValue& value) {
  const ConfigMapping mapping = TRY(ConfigMapping::open(value, {"name", "image"}));
  const ConfigValue name = TRY(mapping.required("name"));
  InputConfig input;
  input.name = TRY(name.text());
  if (const auto image = mapping.find("image")) TRY(read_image(*image, input.image.emplace()));
  return input;
}

Result<OutputConfig> read_output(const ConfigValue& value) {
  const ConfigMapping mapping = TRY(ConfigMapping::open(value, {"name", "postprocess", "activation", "labels"}));
  const ConfigValue name = TRY(mapping.required("name"));
  OutputConfig output;
  output.name = TRY(name.text());
  TRY(read_choice(mapping, "postprocess", kPostprocesses, output.postprocess));
  TRY(read_choice(mapping, "activation", kActivations, output.activation));
  if (const auto labels = mapping.find("labels")) {
    const auto items = TRY(labels->list());
    for (const ConfigValue& label : items) output.labels.push_back(TRY(label.text()));
  }
  return output;
}

/// A list under `key` whose elements have different names.
template <typename Entry>
Status read_named(const ConfigMapping& mapping, std::string_view key, Result<Entry> (*read)(const ConfigValue&),
                  std::vector<Entry>& target) {
  const auto value = mapping.find(key);
  if (!value) return {};
  const auto items = TRY(value->list());
  if (items.size() > kMaxEntries) {
    return invalid_argument(fmt::format("{}: expected at most {} entries, got {}", key, kMaxEntries, items.size()));
  }
  for (const ConfigValue& item : items) {
    Entry entry = TRY(read(item));
    const bool twice = std::any_of(target.begin(), target.end(), [&](const Entry& e) { return e.name == entry.name; });
    if (twice) return invalid_argument(fmt::format("{}.name: '{}' stands twice", item.path, entry.name));
    target.push_back(std::move(entry));
  }
  return {};
}

Result<bool> read_response_cache(const ConfigValue& value) {
  constexpr std::array<std::string_view, 2> kSwitch = {"false", "true"};
  const ConfigMapping mapping = TRY(ConfigMapping::open(value, {"enable"}));
  const ConfigValue enable = TRY(mapping.required("enable"));
  return TRY(enable.choice(kSwitch)) == 1;
}

Status read_top(const ConfigMapping& mapping, ModelConfig& config) {
  const ConfigValue schema = TRY(mapping.required("schema"));
  const ConfigValue task = TRY(mapping.required("task"));
  TRY(schema.integer(1, 1));
  config.task = TRY(task.identifier());
  if (const auto engine = mapping.find("engine")) config.engine = TRY(engine->identifier());
  if (const auto precision = mapping.find("precision")) {
    const std::size_t index = TRY(precision->choice(kPrecisions));
    config.precision = kPrecisions[index];
  }
  if (const auto size = mapping.find("max_batch_size")) config.max_batch_size = TRY(size->integer(0, kMaxBatchSize));
  if (const auto cache = mapping.find("response_cache")) config.response_cache = TRY(read_response_cache(*cache));
  return {};
}

}  // namespace

Result<ModelConfig> parse_model_config(std::string_view yaml) {
  const ConfigNode root = TRY(parse_config_tree(yaml));
  const ConfigMapping mapping =
      TRY(ConfigMapping::open({&root, ""}, {"schema", "task", "engine", "precision", "max_batch_size", "response_cache",
                                            "inputs", "outputs", "stages", "caption", "schedule", "plan"}));
  ModelConfig config;
  TRY(read_top(mapping, config));
  TRY(read_named(mapping, "inputs", read_input, config.inputs));
  TRY(read_named(mapping, "outputs", read_output, config.outputs));
  if (const auto stages = mapping.find("stages")) config.stages = TRY(read_stage_config(*stages));
  if (const auto caption = mapping.find("caption")) config.caption = TRY(read_caption_config(*caption));
  if (const auto schedule = mapping.find("schedule")) config.schedule = TRY(read_schedule_config(*schedule));
  if (const auto plan = mapping.find("plan")) config.plan = TRY(read_plan_config(*plan));
  return config;
}

Result<std::optional<ModelConfig>> read_model_config(const std::filesystem::path& file) {
  constexpr std::uint64_t kMaxFileBytes = 1 << 20;
  if (file.empty()) return std::nullopt;
  const std::string yaml = TRY(read_file(file, kMaxFileBytes));
  auto config = parse_model_config(yaml);
  if (!config) return fail(config.error().with_context(file.string()));
  return std::move(*config);
}

}  // namespace tandem
