// SPDX-License-Identifier: Apache-2.0
// Images go through the model's pipeline, arrays straight to the model.
#include "app/run/input_runner.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "app/run/tensor_files.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/file.h"
#include "domains/caption/heat_maps.h"
#include "vision/decode.h"
#include "vision/encode.h"

namespace tandem::app {
namespace {

namespace fs = std::filesystem;

/// Only what is safe in a file's name.
std::string file_name(std::string text) {
  std::replace_if(text.begin(), text.end(), [](char c) { return c == '/' || c == '\\' || c == '\0' || c == ':'; }, '_');
  return text;
}

std::string stem_of(const std::string& input) { return fs::path(input.substr(input.find('=') + 1)).stem().string(); }

}  // namespace

Destination::Destination(const fs::path& output, bool several) : output_(output) {
  std::error_code error;
  folder_ = several || output.filename().empty() || fs::is_directory(output, error);
}

Result<fs::path> Destination::file(const std::string& name) const {
  if (!is_wanted()) return fs::path(name);
  if (!folder_) return output_;
  std::error_code error;
  fs::create_directories(output_, error);
  if (error) {
    return fail(Code::kPermissionDenied,
                fmt::format("cannot make the folder {}: {}", output_.string(), error.message()));
  }
  return output_ / name;
}

InputRunner::InputRunner(const ReadyModel& model, const caption::Captioner* captioner, Destination destination)
    : model_(model), captioner_(captioner), destination_(std::move(destination)) {}

Result<RunReport> InputRunner::run(std::span<const std::string> arguments) const {
  RunReport report;
  report.input = fmt::format("{}", fmt::join(arguments, " "));
  if (!names_input(info().inputs, arguments[0])) {
    const MappedFile file = TRY(MappedFile::open(arguments[0]));
    if (!is_npy(file.bytes())) {
      const Image image = TRY(decode_image(file.bytes()));
      TRY(run_image(image, report));
      if (draws(report)) TRY(draw(image, report));
      return report;
    }
  }
  const std::vector<Tensor> inputs = TRY(read_tensors(info().inputs, arguments));
  TRY(run_model(inputs, report));
  if (destination_.is_wanted()) TRY(save_outputs(report));
  return report;
}

Result<RunReport> InputRunner::run_frame(const Frame& frame, const std::string& source) const {
  RunReport report;
  const std::string name = frame.name.empty() ? fmt::format("frame_{:06}", frame.index) : frame.name;
  report.input = (fs::path(source) / name).string();
  TRY(run_image(frame.image, report));
  if (draws(report) && destination_.is_wanted()) TRY(draw(frame.image, report));
  return report;
}

/// Whether the picture is the result, not the tensors.
bool InputRunner::draws(const RunReport& report) const {
  if (report.caption) return destination_.is_wanted();
  return report.prediction.segmentation && (!destination_.is_array() || destination_.is_folder());
}

Status InputRunner::run_model(std::span<const Tensor> inputs, RunReport& report) const {
  const SteadyTime begin = system_clock().now();
  report.outputs = TRY(model_.loaded.session->run(inputs));
  report.run_ms = std::chrono::duration<double, std::milli>(system_clock().now() - begin).count();
  return {};
}

Status InputRunner::run_image(const Image& image, RunReport& report) const {
  if (!model_.pipeline || !model_.pipeline->takes_image()) {
    return fail(Code::kFailedPrecondition,
                "the model has no config that says how an image becomes its input; give a .npy file, or put the model "
                "into a store with configs/NAME.yaml");
  }
  if (captioner_ != nullptr) return run_captioner(image, report);
  const PreparedImage prepared = TRY(model_.pipeline->prepare(image));
  TRY(run_model(prepared.inputs, report));
  report.prediction = TRY(model_.pipeline->interpret(report.outputs, prepared));
  if (destination_.is_wanted() && !draws(report)) return save_outputs(report);
  return {};
}

Status InputRunner::run_captioner(const Image& image, RunReport& report) const {
  if (destination_.is_array() && !destination_.is_folder()) {
    return invalid_argument("the model's answer is a caption: -o expects a .png file for the heat maps, or a folder");
  }
  auto said = TRY(captioner_->caption(image));
  report.caption = CaptionReport{std::move(said), ""};
  const caption::CaptionTiming& timing = report.caption->said.timing;
  report.run_ms = std::chrono::duration<double, std::milli>(timing.encode + timing.decode).count();
  return {};
}

Status InputRunner::draw(const Image& image, RunReport& report) const {
  const Image overlay = report.caption ? TRY(caption::draw_heat_maps(image, report.caption->said.caption))
                                       : TRY(to_overlay(image, *report.prediction.segmentation));
  const std::string_view kind = report.caption ? "attention" : "overlay";
  const std::vector<std::byte> png = TRY(encode_png(overlay));
  report.overlay = TRY(destination_.file(fmt::format("{}_{}.png", file_name(stem_of(report.input)), kind)));
  return write_file_atomic(report.overlay, as_text(png));
}

Status InputRunner::save_outputs(RunReport& report) const {
  if (!destination_.is_folder() && !destination_.is_array()) {
    return invalid_argument("the outputs are tensors: -o expects a file that ends in .npy, or a folder");
  }
  if (!destination_.is_folder() && report.outputs.size() > 1) {
    return invalid_argument(fmt::format("the model has {} outputs: -o expects a folder", report.outputs.size()));
  }
  for (std::size_t i = 0; i < report.outputs.size(); ++i) {
    const std::string name = fmt::format("{}_{}.npy", stem_of(report.input), info().outputs[i].name);
    const fs::path file = TRY(destination_.file(file_name(name)));
    TRY(write_tensor(file, report.outputs[i]));
    report.saved.push_back(file.string());
  }
  return {};
}

}  // namespace tandem::app
