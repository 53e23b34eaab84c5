// SPDX-License-Identifier: Apache-2.0
// tandem run: predictions for images and arrays.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>

#include "app/command.h"
#include "app/model_source.h"
#include "app/run_report.h"
#include "app/tensor_files.h"
#include "app/verb.h"
#include "base/clock.h"
#include "base/file.h"
#include "vision/decode.h"
#include "vision/encode.h"

namespace tandem::app {
namespace {

namespace fs = std::filesystem;

struct RunFlags {
  std::string model;
  std::vector<std::string> inputs;
  std::string store = "models";
  std::string output;  // a file or a folder
  std::size_t top = 5;
  SessionFlags session;
};

/// Where results are written, as -o says.
class Destination final {
 public:
  Destination(const fs::path& output, bool several) : output_(output) {
    std::error_code error;
    folder_ = several || output.filename().empty() || fs::is_directory(output, error);
  }

  bool wanted() const { return !output_.empty(); }
  bool is_folder() const { return folder_; }
  bool is_array() const { return output_.extension() == ".npy"; }

  /// A file of that name in the folder, or the file that was named; the folder is made.
  Result<fs::path> file(const std::string& name) const {
    if (!wanted()) return fs::path(name);
    if (!folder_) return output_;
    std::error_code error;
    fs::create_directories(output_, error);
    if (error)
      return fail(Code::kPermissionDenied,
                  fmt::format("cannot make the folder {}: {}", output_.string(), error.message()));
    return output_ / name;
  }

 private:
  fs::path output_;
  bool folder_ = false;
};

/// Only what is safe in a file's name.
std::string file_name(std::string text) {
  std::replace_if(text.begin(), text.end(), [](char c) { return c == '/' || c == '\\' || c == '\0' || c == ':'; }, '_');
  return text;
}

std::string stem_of(const std::string& input) { return fs::path(input.substr(input.find('=') + 1)).stem().string(); }

class Runner final {
 public:
  Runner(const ReadyModel& model, Destination destination) : model_(model), destination_(std::move(destination)) {}

  /// Arguments that together are one call of the model: NAME=FILE.npy ..., or one FILE.
  Result<RunReport> run(std::span<const std::string> arguments) const {
    RunReport report;
    report.input = fmt::format("{}", fmt::join(arguments, " "));
    if (!names_input(info().inputs, arguments[0])) {
      const MappedFile file = TRY(MappedFile::open(arguments[0]));
      if (!is_npy(file.bytes())) {
        TRY(run_image(file.bytes(), report));
        return report;
      }
    }
    const std::vector<Tensor> inputs = TRY(read_tensors(info().inputs, arguments));
    TRY(run_model(inputs, report));
    if (destination_.wanted()) TRY(save_outputs(report));
    return report;
  }

 private:
  const ModelInfo& info() const { return model_.loaded.session->info(); }

  Status run_model(std::span<const Tensor> inputs, RunReport& report) const {
    const SteadyTime begin = system_clock().now();
    report.outputs = TRY(model_.loaded.session->run(inputs));
    report.run_ms = std::chrono::duration<double, std::milli>(system_clock().now() - begin).count();
    return {};
  }

  Status run_image(std::span<const std::byte> bytes, RunReport& report) const {
    const Image image = TRY(decode_image(bytes));
    if (!model_.pipeline || !model_.pipeline->takes_image()) {
      return fail(
          Code::kFailedPrecondition,
          "the model has no config that says how an image becomes its input; give a .npy file, or put the model "
          "into a store with configs/NAME.yaml");
    }
    const PreparedImage prepared = TRY(model_.pipeline->prepare(image));
    TRY(run_model(prepared.inputs, report));
    report.prediction = TRY(model_.pipeline->interpret(report.outputs, prepared));
    const bool array = destination_.is_array() && !destination_.is_folder();
    if (report.prediction.segmentation && !array) return draw(image, report);
    if (destination_.wanted()) return save_outputs(report);
    return {};
  }

  Status draw(const Image& image, RunReport& report) const {
    const Image overlay = TRY(to_overlay(image, *report.prediction.segmentation));
    const std::vector<std::byte> png = TRY(encode_png(overlay));
    report.overlay = TRY(destination_.file(file_name(stem_of(report.input)) + "_overlay.png"));
    return write_file_atomic(report.overlay, {reinterpret_cast<const char*>(png.data()), png.size()});
  }

  Status save_outputs(RunReport& report) const {
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

  const ReadyModel& model_;
  Destination destination_;
};

Status run_inputs(const Context& context, const RunFlags& flags) {
  const ModelSource source = TRY(find_model(flags.model, flags.store));
  const ReadyModel model = TRY(load_source(context, flags.session, source));
  const ModelInfo& info = model.loaded.session->info();
  const bool named = std::any_of(flags.inputs.begin(), flags.inputs.end(),
                                 [&](const std::string& argument) { return names_input(info.inputs, argument); });
  const std::size_t step = named ? flags.inputs.size() : 1;
  const Runner runner(model, Destination(flags.output, flags.inputs.size() > step));

  std::vector<RunReport> reports;
  const std::span<const std::string> arguments(flags.inputs);
  for (std::size_t i = 0; i < arguments.size(); i += step) {
    auto report = runner.run(arguments.subspan(i, step));
    if (!report) {
      const bool told = report.error().message.find(arguments[i]) != std::string::npos;
      return fail(told ? report.error() : report.error().with_context(arguments[i]));
    }
    if (!context.json) fmt::print("{}", report_as_text(*report, info, flags.top));
    reports.push_back(std::move(*report));
    if (!context.json) reports.clear();
  }
  if (context.json) {
    const std::string engine = fmt::format("{} {}: {}", model.loaded.engine->name(), model.loaded.engine->version(),
                                           model.loaded.session->describe());
    fmt::print("{}", reports_as_json(reports, source.name, engine, info));
  }
  return {};
}

}  // namespace

void add_run_command(CLI::App& program, Context& context, Action& action) {
  CLI::App* verb =
      add_verb(program, {"run", "Runs a model on images or arrays and shows what it says",
                         "  tandem run models/weights/classification_cnn_digits_20261121.onnx "
                         "models/samples/digit_7.png\n  tandem run model.onnx a=first.npy b=second.npy -o folder/"});
  const auto flags = std::make_shared<RunFlags>();
  verb->add_option("model", flags->model, "A model file, or a name in the store")->required()->type_name("FILE|NAME");
  verb->add_option("inputs", flags->inputs,
                   "PNG, JPEG or .npy files, each its own run; or NAME=FILE.npy for each input")
      ->required()
      ->type_name("INPUT");
  verb->add_option("--store", flags->store, "The store in which names are looked up")->capture_default_str();
  verb->add_option("-o,--output", flags->output, "An overlay PNG, a .npy file or a folder to write")->type_name("PATH");
  verb->add_option("--top", flags->top, "How many classes to show")->capture_default_str()->type_name("N");
  flags->session.add_to(*verb);
  verb->callback([&context, &action, flags] {
    action = [&context, flags] { return finish(context, "run", run_inputs(context, *flags)); };
  });
}

}  // namespace tandem::app
