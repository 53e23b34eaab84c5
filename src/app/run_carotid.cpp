// SPDX-License-Identifier: Apache-2.0
// The loop: frame, mask, measurement, decision, row, overlay.
#include "app/run_carotid.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "app/progress_bar.h"
#include "base/file.h"
#include "domains/carotid/classes.h"
#include "domains/carotid/csv.h"
#include "domains/carotid/overlay.h"
#include "vision/encode.h"

namespace tandem::app {
namespace {

namespace fs = std::filesystem;

Result<carotid::MeasureOptions> measure_options(const CarotidFlags& flags) {
  carotid::MeasureOptions options;
  if (flags.pixel_spacing.size() > 2) {
    return invalid_argument(
        fmt::format("--pixel-spacing expects one number of mm, or two, got {}", flags.pixel_spacing.size()));
  }
  if (!flags.pixel_spacing.empty()) {
    options.spacing = carotid::PixelSpacing{flags.pixel_spacing.front(), flags.pixel_spacing.back()};
  }
  TRY(carotid::check(options));
  return options;
}

/// Before the first frame, not after the last.
Status check_places(const CarotidFlags& flags) {
  std::error_code error;
  if (!flags.csv.empty()) {
    const fs::path folder = fs::path(flags.csv).parent_path();
    if (fs::is_directory(flags.csv, error)) {
      return invalid_argument(fmt::format("--csv expects a file, got the folder {}", flags.csv));
    }
    if (!folder.empty() && !fs::is_directory(folder, error)) {
      return not_found(fmt::format("--csv: there is no folder {}", folder.string()));
    }
  }
  if (flags.overlay_dir.empty()) return {};
  fs::create_directories(flags.overlay_dir, error);
  if (!error) return {};
  return fail(Code::kPermissionDenied,
              fmt::format("--overlay-dir: cannot make the folder {}: {}", flags.overlay_dir, error.message()));
}

Status check_model(const ReadyModel& model) {
  if (model.pipeline && model.pipeline->takes_image()) {
    const std::vector<OutputConfig>& outputs = model.pipeline->config().outputs;
    const auto segments = [](const OutputConfig& output) { return output.postprocess == Postprocess::kSegmentation; };
    if (std::any_of(outputs.begin(), outputs.end(), segments)) return {};
  }
  return fail(Code::kFailedPrecondition,
              "--carotid expects a model of images whose config has an output with postprocess: segmentation");
}

class CarotidRun final {
 public:
  CarotidRun(const ReadyModel& model, const FrameInput& input, const CarotidFlags& flags,
             const carotid::MeasureOptions& options)
      : model_(model),
        input_(input),
        flags_(flags),
        options_(options),
        decider_(*carotid::parse_profile(flags.profile)) {}

  Status add(const Frame& frame) {
    const Segmentation segmentation = TRY(segment(frame.image));
    carotid::SequenceRow row;
    row.index = frame.index;
    row.time = frame.time;
    row.name = frame.name;
    row.measurement = carotid::measure_frame(segmentation.mask, segmentation.mean_confidence, options_);
    row.decision = decider_.decide({frame.time, frame.index, row.measurement});
    if (input_.phantom) row.true_cac = input_.phantom->truth(frame.index).cac;
    if (!flags_.overlay_dir.empty()) TRY(write_overlay(frame, segmentation.mask, row));
    rows_.push_back(std::move(row));
    return {};
  }

  Result<CarotidReport> finish() && {
    CarotidReport report;
    report.summary = carotid::summarize(rows_, decider_.profile(), decider_.thresholds());
    report.millimetres = options_.spacing.has_value();
    report.overlay_dir = flags_.overlay_dir;
    if (flags_.csv.empty()) return report;
    TRY(write_file_atomic(flags_.csv, carotid::rows_as_csv(rows_, report.millimetres)));
    report.csv = flags_.csv;
    return report;
  }

 private:
  Result<Segmentation> segment(const Image& image) const {
    const PreparedImage prepared = TRY(model_.pipeline->prepare(image));
    const std::vector<Tensor> outputs = TRY(model_.loaded.session->run(prepared.inputs));
    Prediction prediction = TRY(model_.pipeline->interpret(outputs, prepared));
    Segmentation& segmentation = *prediction.segmentation;
    if (segmentation.fractions.size() == carotid::kClassCount) return std::move(segmentation);
    return fail(Code::kFailedPrecondition,
                fmt::format("--carotid expects a model of {} classes (background, artery, vein), got one of {}",
                            carotid::kClassCount, segmentation.fractions.size()));
  }

  Status write_overlay(const Frame& frame, const Image& mask, const carotid::SequenceRow& row) const {
    const Image overlay = TRY(carotid::draw_overlay(frame.image, mask, row.measurement, row.decision.state));
    const std::vector<std::byte> png = TRY(encode_png(overlay));
    // The number keeps a.png and a.jpg apart, and the files in order.
    const std::string stem = fs::path(frame.name).stem().string();
    const std::string name = fmt::format("{:06}{}{}.png", frame.index, stem.empty() ? "" : "_", stem);
    return write_file_atomic(fs::path(flags_.overlay_dir) / name,
                             {reinterpret_cast<const char*>(png.data()), png.size()});
  }

  const ReadyModel& model_;
  const FrameInput& input_;
  const CarotidFlags& flags_;
  carotid::MeasureOptions options_;
  carotid::Decider decider_;
  std::vector<carotid::SequenceRow> rows_;
};

}  // namespace

void CarotidFlags::add_to(CLI::App& verb) {
  auto* carotid =
      verb.add_flag("--carotid{tandem}", profile,
                    "Measures the artery in a folder of frames, or --source, and says arrest or ROSC by the "
                    "rules 'tandem' or 'legacy'")
          ->check(CLI::IsMember({"tandem", "legacy"}))
          ->type_name("[=RULES]");
  verb.add_option("--csv", csv, "Writes one record a frame")->needs(carotid)->type_name("FILE");
  verb.add_option("--overlay-dir", overlay_dir, "Writes each frame with what was found drawn in")
      ->needs(carotid)
      ->type_name("DIR");
  verb.add_option("--pixel-spacing", pixel_spacing, "mm of a pixel: one number, or across and down")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->needs(carotid)
      ->type_name("MM[,MM]");
}

Result<CarotidReport> run_carotid(const ReadyModel& model, FrameInput& input, const CarotidFlags& flags) {
  TRY(check_model(model));
  TRY(check_places(flags));
  const carotid::MeasureOptions options = TRY(measure_options(flags));
  CarotidRun run(model, input, flags, options);
  ProgressBar bar;
  const std::optional<std::int64_t> count = input.frames->frame_count();
  while (true) {
    const std::optional<Frame> frame = TRY(input.frames->next());
    if (!frame) break;
    const Status added = run.add(*frame);
    if (!added) {
      const std::string place = frame->name.empty() ? fmt::format("frame {}", frame->index) : frame->name;
      return fail(added.error().with_context(place));
    }
    if (count) bar.show(static_cast<double>(frame->index + 1) / static_cast<double>(*count));
  }
  CarotidReport report = TRY(std::move(run).finish());
  report.source = input.frames->describe();
  return report;
}

}  // namespace tandem::app
