// SPDX-License-Identifier: Apache-2.0
// Each kind of source is a function from a number to an example.
#include "app/optimize/optimize_data.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <limits>

#include "base/file.h"
#include "domains/caption/scene_source.h"
#include "domains/carotid/phantom.h"
#include "formats/npz.h"
#include "vision/decode.h"
#include "vision/frame_folder.h"

namespace tandem::app {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kFramesOfAPatient = 10;
constexpr std::int64_t kFramesBetween = 4;  // of a clip of 40
constexpr std::uint64_t kMaxBytes = std::uint64_t{4} << 30;

struct Source {
  std::size_t count = std::numeric_limits<std::size_t>::max();
  std::function<Result<Example>(std::size_t)> at;
};

Result<Example> from_image(const Image& image, const ExampleReader& reader) {
  if (reader.pipeline == nullptr || !reader.pipeline->takes_image()) {
    return fail(Code::kFailedPrecondition,
                "the model has no config that says how an image becomes its input; give a .npz with its inputs");
  }
  Example example;
  example.prepared = TRY(reader.pipeline->prepare(image));
  return example;
}

Result<Source> phantom_source(const std::string& text, const ExampleReader& reader) {
  const carotid::PhantomOptions options = TRY(carotid::parse_phantom(text));
  TRY(carotid::Phantom::create(options));
  return Source{std::numeric_limits<std::size_t>::max(), [options, &reader](std::size_t index) -> Result<Example> {
                  const auto number = static_cast<std::int64_t>(index);
                  carotid::PhantomOptions patient = options;
                  patient.patient = static_cast<std::uint64_t>(number / kFramesOfAPatient);
                  const carotid::Phantom phantom = TRY(carotid::Phantom::create(patient));
                  carotid::PhantomFrame frame = phantom.frame(number % kFramesOfAPatient * kFramesBetween);
                  Example example = TRY(from_image(frame.image, reader));
                  example.mask = std::move(frame.mask);
                  return example;
                }};
}

Result<Source> scene_source(const std::string& text, const ExampleReader& reader) {
  const caption::SceneSequence scenes = TRY(caption::parse_scenes(text));
  const auto count = scenes.count ? static_cast<std::size_t>(*scenes.count) : std::numeric_limits<std::size_t>::max();
  return Source{count, [scenes, &reader](std::size_t index) -> Result<Example> {
                  caption::Scene scene = caption::draw_scene(scenes.seed, index, scenes.side);
                  Example example = TRY(from_image(scene.image, reader));
                  example.caption = std::move(scene.caption);
                  return example;
                }};
}

/// The arrays of a .npz, found by the model's inputs.
struct Arrays {
  std::vector<NamedTensor> tensors;
  const Tensor* labels = nullptr;
};

Status check_arrays(const Arrays& arrays, const ExampleReader& reader, std::int64_t& rows) {
  for (const TensorSpec& input : reader.info.inputs) {
    const Tensor* array = find_tensor(arrays.tensors, input.name);
    if (array == nullptr) return invalid_argument(fmt::format("it has no array '{}', the model's input", input.name));
    if (array->shape().rank() == 0) return invalid_argument(fmt::format("'{}' has no rows", input.name));
    const std::int64_t own = array->shape()[0];
    if (rows >= 0 && own != rows)
      return invalid_argument(fmt::format("'{}' has {} rows, not {}", input.name, own, rows));
    rows = own;
    if (rows > 0) TRY(check_matches(input, array->rows(0, 1)));
  }
  if (arrays.labels == nullptr) return {};
  const bool fits = arrays.labels->dtype() == DType::kInt64 && arrays.labels->shape() == Shape{rows};
  if (fits) return {};
  return invalid_argument(fmt::format("'label' is {}: expected int64[{}]", to_string(*arrays.labels), rows));
}

Result<Source> array_source(const std::string& file, const ExampleReader& reader) {
  const MappedFile mapped = TRY(MappedFile::open(file));
  const auto arrays = std::make_shared<Arrays>();
  arrays->tensors = TRY(read_npz(mapped.bytes()));
  arrays->labels = find_tensor(arrays->tensors, "label");
  std::int64_t rows = -1;
  TRY(check_arrays(*arrays, reader, rows));
  return Source{static_cast<std::size_t>(std::max<std::int64_t>(rows, 0)),
                [arrays, &reader](std::size_t index) -> Result<Example> {
                  const auto row = static_cast<std::int64_t>(index);
                  Example example;
                  for (const TensorSpec& input : reader.info.inputs) {
                    const Tensor* array = find_tensor(arrays->tensors, input.name);
                    example.prepared.inputs.push_back(TRY(array->rows(row, 1).clone()));
                  }
                  if (arrays->labels != nullptr) example.label = arrays->labels->values<std::int64_t>()[index];
                  return example;
                }};
}

struct LabelledFile {
  fs::path file;
  std::optional<std::int64_t> label;
};

Result<std::int64_t> label_of(const std::string& folder, const ExampleReader& reader) {
  std::vector<std::string> labels;
  if (reader.pipeline != nullptr && !reader.pipeline->config().outputs.empty()) {
    labels = reader.pipeline->config().outputs.front().labels;
  }
  const auto found = std::ranges::find(labels, folder);
  if (found != labels.end()) return static_cast<std::int64_t>(found - labels.begin());
  return invalid_argument(fmt::format(
      "'{}' is no label of the model: expected folders named {}", folder,
      labels.empty() ? "as its config's labels, and there are none" : fmt::format("{}", fmt::join(labels, ", "))));
}

bool is_image_file(const fs::path& file) {
  const std::string extension = file.extension().string();
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

Status collect_images(const fs::path& folder, std::optional<std::int64_t> label, std::vector<LabelledFile>& files) {
  std::error_code error;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (is_image_file(entry.path())) names.push_back(entry.path().filename().string());
  }
  if (error) return not_found(fmt::format("{}: {}", folder.string(), error.message()));
  std::ranges::sort(names, natural_less);
  for (const std::string& name : names) files.push_back({folder / name, label});
  return {};
}

/// Labels in turns, so that the first few examples have some of each.
Result<std::vector<LabelledFile>> list_images(const fs::path& folder, const ExampleReader& reader) {
  std::vector<std::vector<LabelledFile>> groups(1);
  TRY(collect_images(folder, std::nullopt, groups[0]));
  std::error_code error;
  std::vector<fs::path> inner;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.is_directory(error)) inner.push_back(entry.path());
  }
  std::ranges::sort(inner);
  for (const fs::path& one : inner) {
    const std::int64_t label = TRY(label_of(one.filename().string(), reader));
    TRY(collect_images(one, label, groups.emplace_back()));
  }
  std::vector<LabelledFile> files;
  std::size_t longest = 0;
  for (const auto& group : groups) longest = std::max(longest, group.size());
  for (std::size_t i = 0; i < longest; ++i) {
    for (const auto& group : groups) {
      if (i < group.size()) files.push_back(group[i]);
    }
  }
  return files;
}

Result<Source> folder_source(const std::string& folder, const ExampleReader& reader) {
  auto files = TRY(list_images(folder, reader));
  if (files.empty()) return invalid_argument("there are no .png or .jpg images in it");
  const std::size_t count = files.size();
  return Source{count, [files = std::move(files), &reader](std::size_t index) -> Result<Example> {
                  const MappedFile mapped = TRY(MappedFile::open(files[index].file));
                  const auto image = decode_image(mapped.bytes());
                  if (!image) return fail(image.error().with_context(files[index].file.string()));
                  Example example = TRY(from_image(*image, reader));
                  example.label = files[index].label;
                  return example;
                }};
}

Result<Source> open_source(const std::string& text, const ExampleReader& reader) {
  if (text.starts_with("phantom:")) return phantom_source(text, reader);
  if (text.starts_with("scenes:")) return scene_source(text, reader);
  std::error_code error;
  if (fs::is_directory(text, error)) return folder_source(text, reader);
  if (fs::is_regular_file(text, error)) return array_source(text, reader);
  return not_found("there is no such file or folder: expected phantom:KIND:SEED, scenes:SEED, a .npz or a folder");
}

std::uint64_t bytes_of(const Example& example) {
  std::uint64_t bytes = example.mask ? example.mask->pixels.size() : 0;
  for (const Tensor& input : example.prepared.inputs) bytes += input.byte_size();
  return bytes;
}

/// Where examples come from, for comparing: "phantom:7" for both kinds of that seed, else the path.
Result<std::string> origin(const std::string& source) {
  if (source.starts_with("phantom:")) {
    return fmt::format("phantom:{}", TRY(carotid::parse_phantom(source)).seed);
  }
  if (source.starts_with("scenes:")) return fmt::format("scenes:{}", TRY(caption::parse_scenes(source)).seed);
  std::error_code error;
  return fs::weakly_canonical(source, error).string();
}

}  // namespace

Result<ExampleSet> read_examples(const std::vector<std::string>& sources, std::size_t count,
                                 const ExampleReader& reader) {
  ExampleSet set;
  std::vector<Source> open;
  for (const std::string& text : sources) {
    auto source = open_source(text, reader);
    if (!source) return fail(source.error().with_context(text));
    open.push_back(std::move(*source));
  }
  std::uint64_t bytes = 0;
  for (std::size_t turn = 0; set.examples.size() < count; ++turn) {
    bool any = false;
    for (std::size_t i = 0; i < open.size() && set.examples.size() < count; ++i) {
      if (turn >= open[i].count) continue;
      auto example = open[i].at(turn);
      if (!example) return fail(example.error().with_context(sources[i]));
      bytes += bytes_of(*example);
      if (bytes > kMaxBytes) return fail(Code::kResourceExhausted, "the examples take more than 4 GiB: ask for fewer");
      set.examples.push_back(std::move(*example));
      any = true;
    }
    if (!any) break;
  }
  if (set.examples.empty()) return set;
  set.description = fmt::format("{} examples of {}", set.examples.size(), fmt::join(sources, " and "));
  return set;
}

Status check_apart(const std::vector<std::string>& calibration, const std::vector<std::string>& held_out) {
  for (const std::string& one : calibration) {
    const std::string used = TRY(origin(one));
    for (const std::string& other : held_out) {
      if (TRY(origin(other)) != used) continue;
      return invalid_argument(fmt::format(
          "--calibrate {} and --data {} give the same examples: a model measured on what it was fitted to measures too "
          "well; give another seed, file or folder",
          one, other));
    }
  }
  return {};
}

}  // namespace tandem::app
