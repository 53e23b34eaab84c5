// SPDX-License-Identifier: Apache-2.0
// Pipeline, measurement and decision, one after the other.
#include "domains/carotid/examination.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "domains/carotid/classes.h"

namespace tandem::carotid {
namespace {

Status check_pipeline(const Pipeline& pipeline) {
  const std::vector<OutputConfig>& outputs = pipeline.config().outputs;
  const auto segments = [](const OutputConfig& output) { return output.postprocess == Postprocess::kSegmentation; };
  if (pipeline.takes_image() && std::any_of(outputs.begin(), outputs.end(), segments)) return {};
  return fail(Code::kFailedPrecondition,
              "--carotid expects a model of images whose config has an output with postprocess: segmentation");
}

}  // namespace

Result<Examination> Examination::create(Pipeline pipeline, RunModel run, const ExaminationOptions& options) {
  TRY(check_pipeline(pipeline));
  TRY(check(options.measure));
  return Examination(std::move(pipeline), std::move(run), options);
}

Examination::Examination(Pipeline pipeline, RunModel run, const ExaminationOptions& options)
    : pipeline_(std::move(pipeline)), run_(std::move(run)), measure_(options.measure), decider_(options.profile) {}

Result<Segmentation> Examination::segment(const Image& image) const {
  const PreparedImage prepared = TRY(pipeline_.prepare(image));
  const std::vector<Tensor> outputs = TRY(run_(prepared.inputs));
  Prediction prediction = TRY(pipeline_.interpret(outputs, prepared));
  Segmentation& segmentation = *prediction.segmentation;
  if (segmentation.fractions.size() == kClassCount) return std::move(segmentation);
  return fail(Code::kFailedPrecondition,
              fmt::format("--carotid expects a model of {} classes (background, artery, vein), got one of {}",
                          kClassCount, segmentation.fractions.size()));
}

Result<ExaminedFrame> Examination::examine(const Frame& frame) {
  Segmentation segmentation = TRY(segment(frame.image));
  ExaminedFrame examined;
  SequenceRow& row = examined.row;
  row.index = frame.index;
  row.time = frame.time;
  row.name = frame.name;
  row.measurement = measure_frame(segmentation.mask, segmentation.mean_confidence, measure_);
  row.decision = decider_.decide({frame.time, frame.index, row.measurement});
  examined.mask = std::move(segmentation.mask);
  return examined;
}

}  // namespace tandem::carotid
