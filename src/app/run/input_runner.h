// SPDX-License-Identifier: Apache-2.0
// InputRunner: one model over one input of the command line after the other, and what it writes.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "app/models/model_source.h"
#include "app/run/run_report.h"
#include "base/error.h"
#include "domains/caption/captioner.h"
#include "vision/frame_source.h"

namespace tandem::app {

/// Where results are written, as -o says.
class Destination final {
 public:
  /// several  more than one input will come, so that `output` is a folder whatever its name
  Destination(const std::filesystem::path& output, bool several);

  bool is_wanted() const { return !output_.empty(); }
  bool is_folder() const { return folder_; }
  bool is_array() const { return output_.extension() == ".npy"; }

  /// A file of that name in the folder, which is made, or the file that was named; without -o, here.
  Result<std::filesystem::path> file(const std::string& name) const;

 private:
  std::filesystem::path output_;
  bool folder_ = false;
};

/// Borrows the model, and the captioner whose encoder it is, if it is one.
class InputRunner final {
 public:
  InputRunner(const ReadyModel& model, const caption::Captioner* captioner, Destination destination);

  /// Arguments that together are one call of the model: NAME=FILE.npy ..., or one FILE. A segmentation is drawn over
  /// its image, here if -o names no other place; a captioner's heat maps are, where -o says.
  Result<RunReport> run(std::span<const std::string> arguments) const;

  /// One frame of the sequence `source`. Nothing is written unless -o says where.
  Result<RunReport> run_frame(const Frame& frame, const std::string& source) const;

 private:
  const ModelInfo& info() const { return model_.loaded.session->info(); }
  bool draws(const RunReport& report) const;
  Status run_model(std::span<const Tensor> inputs, RunReport& report) const;
  Status run_image(const Image& image, RunReport& report) const;
  Status run_captioner(const Image& image, RunReport& report) const;
  Status draw(const Image& image, RunReport& report) const;
  Status save_outputs(RunReport& report) const;

  const ReadyModel& model_;
  const caption::Captioner* captioner_;
  Destination destination_;
};

}  // namespace tandem::app
