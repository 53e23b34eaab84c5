// SPDX-License-Identifier: Apache-2.0
// The loop: frame, mask, measurement, decision, row, overlay.
#include "app/run/run_carotid.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <utility>

#include "app/progress_bar.h"
#include "base/bytes.h"
#include "base/file.h"
#include "domains/carotid/csv.h"
#include "domains/carotid/examination.h"
#include "domains/carotid/overlay.h"
#include "vision/encode.h"

namespace tandem::app {
namespace {

namespace fs = std::filesystem;

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

class CarotidRun final {
 public:
  CarotidRun(carotid::Examination examination, const FrameInput& input, const CarotidFlags& flags)
      : examination_(std::move(examination)), input_(input), flags_(flags) {}

  Status add(const Frame& frame) {
    carotid::ExaminedFrame examined = TRY(examination_.examine(frame));
    carotid::SequenceRow& row = examined.row;
    if (input_.phantom) row.true_cac = input_.phantom->truth(frame.index).cac;
    if (!flags_.overlay_dir.empty()) TRY(write_overlay(frame, examined.mask, row));
    rows_.push_back(std::move(row));
    return {};
  }

  Result<CarotidReport> finish() && {
    CarotidReport report;
    report.summary = carotid::summarize(rows_, examination_.decider().profile(), examination_.decider().thresholds());
    report.millimetres = flags_.rules.millimetres();
    report.overlay_dir = flags_.overlay_dir;
    if (flags_.csv.empty()) return report;
    TRY(write_file_atomic(flags_.csv, carotid::rows_as_csv(rows_, report.millimetres)));
    report.csv = flags_.csv;
    return report;
  }

 private:
  Status write_overlay(const Frame& frame, const Image& mask, const carotid::SequenceRow& row) const {
    const Image overlay = TRY(carotid::draw_overlay(frame.image, mask, row.measurement, row.decision.state));
    const std::vector<std::byte> png = TRY(encode_png(overlay));
    // The number keeps a.png and a.jpg apart, and the files in order.
    const std::string stem = fs::path(frame.name).stem().string();
    const std::string name = fmt::format("{:06}{}{}.png", frame.index, stem.empty() ? "" : "_", stem);
    return write_file_atomic(fs::path(flags_.overlay_dir) / name, as_text(png));
  }

  carotid::Examination examination_;
  const FrameInput& input_;
  const CarotidFlags& flags_;
  std::vector<carotid::SequenceRow> rows_;
};

}  // namespace

void CarotidFlags::add_to(CLI::App& verb) {
  CLI::Option* carotid = rules.add_to(verb);
  verb.add_option("--csv", csv, "Writes one record a frame")->needs(carotid)->type_name("FILE");
  verb.add_option("--overlay-dir", overlay_dir, "Writes each frame with what was found drawn in")
      ->needs(carotid)
      ->type_name("DIR");
}

Result<CarotidReport> run_carotid(const ReadyModel& model, FrameInput& input, const CarotidFlags& flags) {
  const carotid::ExaminationOptions options = TRY(flags.rules.options());
  if (!model.pipeline) {
    return fail(Code::kFailedPrecondition,
                "--carotid expects a model whose config has an output with postprocess: segmentation, got a model "
                "without a config");
  }
  const auto run_model = [&](std::span<const Tensor> inputs) { return model.loaded.session->run(inputs); };
  carotid::Examination examination = TRY(carotid::Examination::create(*model.pipeline, run_model, options));
  TRY(check_places(flags));
  CarotidRun run(std::move(examination), input, flags);
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
