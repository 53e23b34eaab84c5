// SPDX-License-Identifier: Apache-2.0
// tandem live: a model looking at a camera, a video, a folder or drawn frames, until somebody quits.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <optional>

#include "app/command.h"
#include "app/frame_flags.h"
#include "app/live/live_models.h"
#include "app/live/live_report.h"
#include "app/live/live_views.h"
#include "app/stop_signal.h"
#include "app/verb.h"
#include "base/gpu_memory.h"
#include "base/process_stats.h"
#include "live/live_session.h"

namespace tandem::app {
namespace {

namespace fs = std::filesystem;

struct LiveFlags {
  LiveModelFlags models;
  FrameFlags frames{.source = "camera:0"};
  std::string view = "auto";
  bool every_frame = false;
  bool continuous = false;
  bool on_demand = false;
  std::int64_t max_frames = 0;
  double seconds = 0;
  bool speak = false;
  std::string voice;
  std::string speech_dir;
};

/// A folder is given to --source, too: a live view has no other input.
Result<FrameInput> open_source(const LiveFlags& flags) {
  std::error_code error;
  if (!fs::is_directory(flags.frames.source, error)) return open_frames(flags.frames, "");
  FrameFlags folder = flags.frames;
  folder.source.clear();
  return open_frames(folder, flags.frames.source);
}

/// A captioner takes long and says much, so it waits for S; where nobody can press it, it looks at every frame.
bool looks_by_itself(const Context& context, const LiveFlags& flags, const LiveModel& first) {
  if (flags.continuous || flags.on_demand) return flags.continuous;
  return !first.captions || flags.speak || !is_interactive(flags.view, context.json);
}

Result<live::LiveSessionOptions> session_options(const LiveFlags& flags, bool continuous) {
  live::LiveSessionOptions options;
  options.loop.every_frame = flags.every_frame;
  options.loop.continuous = continuous;
  if (flags.max_frames > 0) options.loop.max_frames = flags.max_frames;
  if (flags.seconds > 0) options.duration = std::chrono::nanoseconds(static_cast<std::int64_t>(flags.seconds * 1e9));
  options.speaks_changes = flags.speak;
  options.speaker.voice = flags.voice;
  options.speaker.folder = flags.speech_dir;
  if (flags.speech_dir.empty()) return options;
  std::error_code error;
  fs::create_directories(flags.speech_dir, error);
  if (!error) return options;
  return fail(Code::kPermissionDenied,
              fmt::format("--speech-dir: cannot make the folder {}: {}", flags.speech_dir, error.message()));
}

Status check_source(const LiveFlags& flags) {
  if (flags.every_frame && flags.frames.source.starts_with("camera:")) {
    return invalid_argument("--every-frame needs a source that can wait; a camera cannot");
  }
  return {};
}

Result<LiveReport> run_view(const Context& context, const LiveFlags& flags) {
  TRY(check_source(flags));
  StopSignal stop = TRY(StopSignal::install());
  const std::vector<LiveModel> models = TRY(find_live_models(context, flags.models));
  const bool continuous = looks_by_itself(context, flags, models.front());
  const live::LiveSessionOptions options = TRY(session_options(flags, continuous));
  live::LoadedObserver first = TRY(load_observer(context, flags.models, models.front().source));
  FrameInput input = TRY(open_source(flags));

  LiveReport report;
  report.source = input.frames->describe();
  report.every_frame = flags.every_frame;
  live::LiveParts parts;
  parts.source = std::move(input.frames);
  parts.observer = std::move(first.observer);
  for (const LiveModel& model : models) parts.models.push_back(model.choice);
  parts.models.front().engine = first.engine;
  parts.load = [&](std::size_t index) -> live::LoadObserver {
    return [&context, &flags, source = models[index].source] { return load_observer(context, flags.models, source); };
  };
  parts.should_stop = [&stop] { return stop.has_come(); };
  parts.memory = [gpus = GpuMemory::open()] {
    const std::optional<std::uint64_t> gpu_bytes = gpus ? gpus->bytes_in_use() : std::nullopt;
    return live::MemoryUse{process_stats().resident_bytes, gpu_bytes};
  };

  std::unique_ptr<live::View> view = TRY(open_view(flags.view, context.json, "tandem live: " + report.source));
  auto outcome = live::run_live(std::move(parts), *view, options);
  view.reset();  // the terminal is as it was before anything else is said
  stop.release();
  if (!outcome) return fail(outcome.error());
  report.outcome = std::move(*outcome);
  return report;
}

Status show_live(const Context& context, const LiveFlags& flags) {
  const LiveReport report = TRY(run_view(context, flags));
  fmt::print("{}", context.json ? report_as_json(report) : report_as_text(report));
  return {};
}

void add_model_flags(CLI::App& verb, LiveModelFlags& flags) {
  verb.add_option("models,--model", flags.names,
                  "Model files, or names in the store. The first is used first, M changes to the next; with one, M "
                  "changes to the store's others of its task")
      ->required()
      ->type_name("FILE|NAME");
  verb.add_option("--store", flags.store, "The store in which names are looked up")->capture_default_str();
  flags.carotid.add_to(verb);
  flags.session.add_to(verb);
}

void add_flags(CLI::App& verb, LiveFlags& flags) {
  add_model_flags(verb, flags.models);
  verb.add_option("--source", flags.frames.source,
                  "A camera (camera:0), a video file, a folder of images, or drawn frames: phantom:arrest or "
                  "phantom:rosc, with :SEED; scenes:held-out or scenes:SEED, with :COUNT")
      ->capture_default_str()
      ->type_name("SOURCE");
  verb.add_option("--fps", flags.frames.frames_per_second, "Frames per second of a folder of images")
      ->check(CLI::Range(0.001, 1e6))
      ->capture_default_str()
      ->type_name("RATE");
  verb.add_option("--view", flags.view,
                  "window, terminal or none; auto: a window where there is a display, else the terminal. Without a "
                  "terminal, one line a frame")
      ->check(CLI::IsMember({"auto", "window", "terminal", "none"}))
      ->capture_default_str();
  auto* continuous = verb.add_flag("--continuous", flags.continuous, "The model looks at every frame it can");
  verb.add_flag("--on-demand", flags.on_demand,
                "The model looks only when S is pressed; so do captioners, unless --continuous or "
                "--speak")
      ->excludes(continuous);
  verb.add_flag("--every-frame", flags.every_frame,
                "No frame is dropped, and none waits for its time: files and drawn frames as fast as the model goes");
  verb.add_option("--frames", flags.max_frames, "Ends after so many frames")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  verb.add_option("--seconds", flags.seconds, "Ends after so long")->check(CLI::Range(0.001, 1e6))->type_name("S");
  verb.add_flag("--speak", flags.speak, "Says aloud what the model sees whenever that changes (espeak-ng)");
  verb.add_option("--voice", flags.voice, "A voice of espeak-ng: en, ko, de ...")->type_name("VOICE");
  verb.add_option("--speech-dir", flags.speech_dir, "Writes what is spoken as WAV files instead of playing it")
      ->type_name("DIR");
}

/// What the parser cannot say by itself. Throws what it would throw.
void check_flags(const Context& context, const LiveFlags& flags) {
  if (context.json && flags.view == "terminal") {
    throw CLI::ValidationError("--json and --view terminal both need standard output; use --view none or window");
  }
}

}  // namespace

void add_live_command(CLI::App& program, Context& context, Action& action) {
  CLI::App* verb =
      add_verb(program, {"live", "Shows what a model sees in a camera, a video, a folder or drawn frames",
                         "  tandem live segmentation_transunet_phantom_20261121 --source phantom:arrest --carotid\n"
                         "  tandem live caption_mobilenetv3-gru-encoder_scenes_20261121 --source scenes:held-out\n"
                         "  tandem live classifier.onnx --source camera:0 --speak\n"
                         "  tandem live segmenter.onnx segmenter-int8.onnx --source clip.mp4 --view terminal\n"
                         "Keys: S looks at this frame and says it, R says it again, P statistics, M changes the model, "
                         "Q quits."});
  const auto flags = std::make_shared<LiveFlags>();
  add_flags(*verb, *flags);
  verb->callback([&context, &action, flags] {
    check_flags(context, *flags);
    action = [&context, flags] { return finish(context, "live", show_live(context, *flags)); };
  });
}

}  // namespace tandem::app
