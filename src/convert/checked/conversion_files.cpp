// SPDX-License-Identifier: Apache-2.0
// Each file whole or not at all; configs after the models they are for.
#include "convert/checked/conversion_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/file.h"
#include "store/part_name.h"

namespace tandem::convert {
namespace {

namespace fs = std::filesystem;

fs::path config_path(const fs::path& model) { return fs::path(model).replace_extension(".yaml"); }

std::string image_section(const ImageInput& image) {
  return fmt::format(R"(    image:
      width: {0}
      height: {0}
      resize: stretch
      interpolation: bilinear
      color: rgb
      layout: nchw
      mean: [{1}]
      std: [{2}]
)",
                     image.size, fmt::join(image.mean, ", "), fmt::join(image.std, ", "));
}

/// A text, or a list of texts, as YAML, whatever is in it: JSON's quoting is YAML's, too.
std::string yaml_text(const nlohmann::json& text) {
  return text.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string outputs_section(const Conversion& conversion, const ConvertedModel& model) {
  if (conversion.task != "segmentation") return {};
  std::string text = fmt::format("outputs:\n  - name: {}\n    postprocess: segmentation\n    activation: softmax\n",
                                 model.model.graph.outputs.front().name);
  if (!conversion.labels.empty()) text += fmt::format("    labels: {}\n", yaml_text(conversion.labels));
  return text;
}

/// As many words a line as a person likes to read.
std::string word_lines(const std::vector<std::string>& words) {
  constexpr std::size_t kColumns = 120;
  std::string lines;
  std::string line = "   ";
  for (const std::string& word : words) {
    const std::string next = fmt::format(" {}{}", yaml_text(word), &word == &words.back() ? "" : ",");
    if (line.size() + next.size() > kColumns) lines += std::exchange(line, "   ") + "\n";
    line += next;
  }
  return lines + line + "\n";
}

std::string caption_section(const CaptionWords& caption, std::string_view name) {
  const auto word = [&](std::string_view key, std::optional<std::int64_t> id) {
    return id ? fmt::format("  {}: {}\n", key, yaml_text(caption.words[static_cast<std::size_t>(*id)])) : std::string();
  };
  return fmt::format("caption:\n  step: {}\n", yaml_text(part_name(name, "step"))) + word("start", caption.start) +
         word("end", caption.end) + word("pad", caption.pad) + word("unknown", caption.unknown) + "  words: [\n" +
         word_lines(caption.words) + "  ]\n";
}

/// For what the metadata says only when the conversion has been checked: hashes and a few numbers.
constexpr std::uint64_t kLaterMetadataBytes = 64 << 10;

}  // namespace

fs::path part_path(const fs::path& output, const std::string& part) {
  return output.parent_path() / (part_name(output.stem().string(), part) + output.extension().string());
}

std::string config_text(const Conversion& conversion, const ConvertedModel& model, std::string_view name) {
  std::string text = fmt::format(
      "# Written by tandem convert for a {}: how images become inputs, and outputs become answers.\n"
      "schema: 1\ntask: {}\nengine: onnxruntime\nprecision: fp32\n",
      conversion.network, conversion.task);
  if (!model.image) return text;
  text += fmt::format("inputs:\n  - name: {}\n{}", model.model.graph.inputs.front().name, image_section(*model.image));
  text += outputs_section(conversion, model);
  if (model.caption) text += caption_section(*model.caption, name);
  return text;
}

std::vector<fs::path> files_in_the_way(const Conversion& conversion, const fs::path& output) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const ConvertedModel& model : conversion.models) {
    const fs::path path = part_path(output, model.part);
    for (const fs::path& file : {path, external_data_path(path), config_path(path)}) {
      if (fs::exists(file, error)) found.push_back(file);
    }
  }
  return found;
}

void remove_files(const std::vector<fs::path>& files) {
  std::error_code ignored;
  for (const fs::path& file : files) fs::remove(file, ignored);
}

ConversionWriter::ConversionWriter(const Conversion& conversion, fs::path output)
    : conversion_(conversion), output_(std::move(output)) {
  OnnxFileOptions options;
  options.later_bytes = kLaterMetadataBytes;
  for (const ConvertedModel& model : conversion.models) {
    models_.push_back(std::make_unique<OnnxFileWriter>(model.model, part_path(output_, model.part), options));
  }
  bodies_ = std::async(std::launch::async, [this] { return write_bodies(); });
}

Status ConversionWriter::write_bodies() {
  for (const auto& model : models_) TRY(model->write_body());
  return {};
}

Status ConversionWriter::finish_all(std::vector<fs::path>& written) {
  for (const auto& model : models_) {
    const std::vector<fs::path> files = TRY(model->finish());
    written.insert(written.end(), files.begin(), files.end());
  }
  for (const ConvertedModel& model : conversion_.models) {
    const fs::path config = config_path(part_path(output_, model.part));
    TRY(write_file_atomic(config, config_text(conversion_, model, output_.stem().string())));
    written.push_back(config);
  }
  return {};
}

Result<std::vector<fs::path>> ConversionWriter::finish() {
  TRY(bodies_.get());
  std::vector<fs::path> written;
  const Status done = finish_all(written);
  if (done) return written;
  remove_files(written);
  return fail(done.error());
}

}  // namespace tandem::convert
