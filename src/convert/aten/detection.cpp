// SPDX-License-Identifier: Apache-2.0
// torchvision's operators of detectors.
#include "convert/aten/nodes.h"

namespace tandem::convert::aten {
namespace {

/// The boxes that stay, best first; ONNX gives [batch, class, box] rows of one batch and one class.
Status lower_nms(Operation& operation) {
  const Value boxes = TRY(operation.tensor("dets"));
  const Value scores = TRY(operation.tensor("scores"));
  const auto threshold = static_cast<float>(TRY(operation.real("iou_threshold")));
  const std::string all = operation.workspace().integers({std::numeric_limits<std::int64_t>::max()});
  const std::string limit = TRY(reals(operation, "iou_threshold", Shape{1}, {threshold}));
  const std::string rows = operation.add(
      "NonMaxSuppression", {unsqueeze(operation, operation.cast(boxes, DType::kFloat32).name, {0}),
                            unsqueeze(operation, operation.cast(scores, DType::kFloat32).name, {0, 1}), all, limit});
  return operation.output(
      operation.add("Gather", {rows, operation.workspace().integer(2)}, attributes("axis", std::int64_t{1})));
}

/// Boxes come with the index of their image in front.
Status lower_roi_align(Operation& operation) {
  const Value input = TRY(operation.tensor("input"));
  const Value rois = TRY(operation.tensor("rois"));
  const std::int64_t ratio = TRY(operation.integer("sampling_ratio"));
  const bool aligned = TRY(operation.flag("aligned"));
  const std::string first =
      operation.add("Gather", {rois.name, operation.workspace().integer(0)}, attributes("axis", std::int64_t{1}));
  const std::string images = operation.cast(typed(first, rois.dtype()), DType::kInt64).name;
  const std::string boxes = slice(operation, rois.name, {1, Size{1}});
  return operation.output(operation.add(
      "RoiAlign", {input.name, boxes, images},
      attributes("output_height", TRY(operation.integer("pooled_height")), "output_width",
                 TRY(operation.integer("pooled_width")), "sampling_ratio", std::max<std::int64_t>(ratio, 0),
                 "spatial_scale", static_cast<float>(TRY(operation.real("spatial_scale"))),
                 "coordinate_transformation_mode", std::string(aligned ? "half_pixel" : "output_half_pixel"))));
}

constexpr Operator kDetectionOperators[] = {
    {"torchvision::nms", lower_nms},
    {"torchvision::roi_align", lower_roi_align},
};

}  // namespace

std::span<const Operator> detection_operators() { return kDetectionOperators; }

}  // namespace tandem::convert::aten
