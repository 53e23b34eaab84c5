// SPDX-License-Identifier: Apache-2.0
// tandem run: predictions for images, arrays and sequences of frames.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "app/command.h"
#include "app/frame_flags.h"
#include "app/models/caption_model.h"
#include "app/models/model_source.h"
#include "app/run/input_runner.h"
#include "app/run/run_carotid.h"
#include "app/run/run_report.h"
#include "app/run/tensor_files.h"
#include "app/verb.h"
#include "store/store.h"

namespace tandem::app {
namespace {

namespace fs = std::filesystem;

struct RunFlags {
  std::string model;
  std::vector<std::string> inputs;
  std::string store = "models";
  std::string output;  // a file or a folder
  RunTextOptions text;
  FrameFlags frames;
  CarotidFlags carotid;
  SessionFlags session;
  PlanFlags plans;
};

std::string describe_engine(const ReadyModel& model) {
  return fmt::format("{} {}: {}", model.loaded.engine->name(), model.loaded.engine->version(),
                     model.loaded.session->describe());
}

/// Reports as they come: as text at once, as JSON at the end.
class Reporter final {
 public:
  Reporter(const Context& context, const ReadyModel& model, const RunTextOptions& options)
      : context_(context), model_(model), options_(options) {}

  void add(RunReport report) {
    if (report.caption && !report.caption->truth.empty()) {
      const Caption& said = report.caption->said.caption;
      if (!score_) score_.emplace();
      score_->add({said.text, said.ended}, report.caption->truth);
    }
    if (context_.json) {
      reports_.push_back(std::move(report));
    } else {
      fmt::print("{}", report_as_text(report, model_.loaded.session->info(), options_));
    }
  }

  void finish(const std::string& name) const {
    if (context_.json) {
      const RunSummary summary{name, describe_engine(model_), score_};
      fmt::print("{}", reports_as_json(reports_, summary, model_.loaded.session->info()));
    } else if (score_) {
      fmt::print("{}\n", score_as_text(*score_));
    }
  }

 private:
  const Context& context_;
  const ReadyModel& model_;
  RunTextOptions options_;
  std::optional<caption::CaptionScore> score_;
  std::vector<RunReport> reports_;
};

/// A model, and the captioner whose encoder it is, if it is one.
struct RunModels {
  const ReadyModel& model;
  const caption::Captioner* captioner;
};

Status run_files(const RunFlags& flags, const RunModels& models, Reporter& reporter) {
  const ModelInfo& info = models.model.loaded.session->info();
  const bool named = std::any_of(flags.inputs.begin(), flags.inputs.end(),
                                 [&](const std::string& argument) { return names_input(info.inputs, argument); });
  const std::size_t step = named ? flags.inputs.size() : 1;
  const InputRunner runner(models.model, models.captioner, Destination(flags.output, flags.inputs.size() > step));
  const std::span<const std::string> arguments(flags.inputs);
  for (std::size_t i = 0; i < arguments.size(); i += step) {
    auto report = runner.run(arguments.subspan(i, step));
    if (!report) {
      const bool told = report.error().message.find(arguments[i]) != std::string::npos;
      return fail(told ? report.error() : report.error().with_context(arguments[i]));
    }
    reporter.add(std::move(*report));
  }
  return {};
}

Status run_frames(const RunFlags& flags, const RunModels& models, FrameInput& input, Reporter& reporter) {
  const InputRunner runner(models.model, models.captioner, Destination(flags.output, true));
  while (true) {
    const std::optional<Frame> frame = TRY(input.frames->next());
    if (!frame) return {};
    auto report = runner.run_frame(*frame, input.name);
    if (!report) return fail(report.error().with_context(fmt::format("{} frame {}", input.name, frame->index)));
    if (input.scenes && report->caption) {
      report->caption->truth = caption::scene_caption(input.scenes->seed, static_cast<std::uint64_t>(frame->index));
    }
    reporter.add(std::move(*report));
  }
}

/// Answers are shown when they are all there.
Result<FrameInput> open_finite_frames(const RunFlags& flags) {
  FrameInput input = TRY(open_frames(flags.frames, flags.inputs.empty() ? "" : flags.inputs[0]));
  if (input.frames->frame_count()) return input;
  return invalid_argument(fmt::format("--source {0} has no end: say how many frames, {0}:100", flags.frames.source));
}

Status report_carotid(const Context& context, const RunFlags& flags, const ReadyModel& model,
                      const ModelSource& source) {
  FrameInput input = TRY(open_finite_frames(flags));
  CarotidReport report = TRY(run_carotid(model, input, flags.carotid));
  report.model = source.name;
  report.engine = describe_engine(model);
  if (!source.metadata.empty()) report.description = TRY(read_metadata(source.metadata)).description;
  fmt::print("{}", context.json ? report_as_json(report) : report_as_text(report));
  return {};
}

bool is_folder(const std::vector<std::string>& inputs) {
  std::error_code error;
  return inputs.size() == 1 && fs::is_directory(inputs[0], error);
}

Status run_inputs(const Context& context, const RunFlags& flags) {
  const ModelSource source = TRY(find_model(flags.model, flags.store));
  const bool frames = !flags.frames.source.empty() || is_folder(flags.inputs);
  if (!flags.carotid.rules.profile.empty() && !frames) {
    return invalid_argument(
        fmt::format("--carotid expects one folder of frames, or --source; got {}", fmt::join(flags.inputs, " ")));
  }
  const ReadyModel model = TRY(load_source(context, flags.session, source, flags.plans));
  tell_plan(context, "run", flags.plans, model.plan);
  if (!flags.carotid.rules.profile.empty()) return report_carotid(context, flags, model, source);

  const std::unique_ptr<CaptionModel> captions = TRY(load_caption_model(context, flags.session, source, model));
  const RunModels models{model, captions ? &captions->captioner : nullptr};
  Reporter reporter(context, model, flags.text);
  if (frames) {
    FrameInput input = TRY(open_finite_frames(flags));
    TRY(run_frames(flags, models, input, reporter));
  } else {
    TRY(run_files(flags, models, reporter));
  }
  reporter.finish(source.name);
  return {};
}

void add_flags(CLI::App& verb, RunFlags& flags) {
  verb.add_option("model", flags.model, "A model file, or a name in the store")->required()->type_name("FILE|NAME");
  verb.add_option("inputs", flags.inputs,
                  "PNG, JPEG or .npy files, each its own run; or NAME=FILE.npy for each input; or a folder of frames")
      ->type_name("INPUT");
  verb.add_option("--store", flags.store, "The store in which names are looked up")->capture_default_str();
  verb.add_option("-o,--output", flags.output, "An overlay PNG, a .npy file or a folder to write")->type_name("PATH");
  verb.add_option("--top", flags.text.top, "How many classes to show")->capture_default_str()->type_name("N");
  verb.add_flag("-v,--words", flags.text.words, "Shows each word of a caption with its probability");
  flags.frames.add_to(verb);
  flags.carotid.add_to(verb);
  flags.session.add_to(verb);
  flags.plans.add_to(verb);
}

/// What the parser cannot say by itself. Throws what it would throw.
void check_flags(const RunFlags& flags) {
  if (flags.inputs.empty() == flags.frames.source.empty()) {
    throw CLI::ValidationError(flags.inputs.empty() ? "INPUT, or --source, is required"
                                                    : "--source takes the place of INPUT; give one of them");
  }
}

}  // namespace

void add_run_command(CLI::App& program, Context& context, Action& action) {
  CLI::App* verb =
      add_verb(program, {"run", "Runs a model on images, arrays or a sequence of frames and shows what it says",
                         "  tandem run models/weights/classification_cnn_digits_20261121.onnx "
                         "models/samples/digit_7.png\n  tandem run model.onnx a=first.npy b=second.npy -o folder/\n"
                         "  tandem run segmentation_transunet_phantom_20261121 --source phantom:arrest:1 --carotid "
                         "--csv clip.csv\n"
                         "  tandem run caption_mobilenetv3-gru-encoder_scenes_20261121 models/samples/scene_above.png "
                         "-v"});
  const auto flags = std::make_shared<RunFlags>();
  add_flags(*verb, *flags);
  verb->callback([&context, &action, flags] {
    check_flags(*flags);
    action = [&context, flags] { return finish(context, "run", run_inputs(context, *flags)); };
  });
}

}  // namespace tandem::app
