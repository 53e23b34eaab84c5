// SPDX-License-Identifier: Apache-2.0
// Images of another size, and pixels at positions that a grid gives.
#include <cmath>
#include <optional>

#include "convert/aten/nodes.h"

namespace tandem::convert::aten {
namespace {

/// How PyTorch's operator is spelled in ONNX's attributes.
struct Resampling {
  std::string mode;         // "nearest", "linear", "cubic"
  std::string coordinates;  // coordinate_transformation_mode
  std::string nearest = "floor";
};

constexpr std::string_view kScaleNames[] = {"scales_d", "scales_h", "scales_w"};

/// The factors, where the call has them: a list, or one argument an axis; nothing when any is missing.
Result<std::optional<std::vector<double>>> factors_of(Operation& operation, std::size_t axes) {
  if (operation.argument("scale_factors") != nullptr) {
    if (!operation.given("scale_factors")) return std::optional<std::vector<double>>();
    return std::optional(TRY(operation.reals("scale_factors")));
  }
  if (axes == 1) {
    if (!operation.given("scales")) return std::optional<std::vector<double>>();
    return std::optional(std::vector<double>{TRY(operation.real("scales"))});
  }
  std::vector<double> factors;
  for (const std::string_view name : std::span(kScaleNames).last(axes)) {
    if (!operation.given(name)) return std::optional<std::vector<double>>();
    factors.push_back(TRY(operation.real(name)));
  }
  return std::optional(std::move(factors));
}

/// floor(size * factor), computed where the size is.
Result<Size> enlarged(Operation& operation, const Size& size, double factor) {
  if (size.is_fixed()) return Size{static_cast<std::int64_t>(std::floor(static_cast<double>(size.fixed) * factor))};
  const Value real = operation.cast(typed(size.computed, DType::kInt64), DType::kFloat32);
  const std::string whole = operation.add("Floor", {TRY(with_number(operation, "Mul", real, factor))});
  return Size{0, operation.cast(typed(whole, DType::kFloat32), DType::kInt64).name};
}

/// Sizes of the whole output: batch and channels stay.
Result<std::string> output_sizes(Operation& operation, const Value& input,
                                 const std::optional<std::vector<double>>& factors) {
  std::vector<Size> sizes = operation.sizes_of(input);
  if (operation.given("output_size")) {
    const auto wanted = TRY(operation.sizes("output_size"));
    if (wanted.size() + 2 != sizes.size()) return operation.wrong("as many sizes as the image has axes");
    std::ranges::copy(wanted, sizes.begin() + 2);
    return operation.shape_value(sizes);
  }
  if (!factors || factors->size() + 2 != sizes.size()) return operation.wrong("sizes or factors for all axes");
  for (std::size_t i = 0; i < factors->size(); ++i) {
    sizes[i + 2] = TRY(enlarged(operation, sizes[i + 2], (*factors)[i]));
  }
  return operation.shape_value(sizes);
}

/// With factors PyTorch finds source positions by them, without by the ratio of sizes: ONNX does the same for scales
/// and sizes. Aligned corners depend on sizes only.
Status resample(Operation& operation, const Resampling& how) {
  const bool named_input = operation.argument("input") != nullptr;
  const Value input = TRY(operation.tensor(named_input ? "input" : "self"));
  if (input.rank() < 3) return operation.wrong("an image with batch and channels");
  const auto axes = static_cast<std::size_t>(input.rank() - 2);
  const auto factors = TRY(factors_of(operation, axes));
  Attributes made = attributes("mode", how.mode, "coordinate_transformation_mode", how.coordinates);
  if (how.mode == "nearest") made["nearest_mode"] = how.nearest;
  if (how.mode == "cubic") made["cubic_coeff_a"] = -0.75F;
  const std::string none;
  if (factors && factors->size() == axes && how.coordinates != "align_corners") {
    std::vector<float> scales(2, 1.0F);
    for (const double factor : *factors) scales.push_back(static_cast<float>(factor));
    const Shape shape{static_cast<std::int64_t>(scales.size())};
    const std::string constant = TRY(reals(operation, "scales", shape, scales));
    return operation.output(operation.add("Resize", {input.name, none, constant}, std::move(made)));
  }
  const std::string sizes = TRY(output_sizes(operation, input, factors));
  return operation.output(operation.add("Resize", {input.name, none, none, sizes}, std::move(made)));
}

Status lower_nearest(Operation& operation) { return resample(operation, {"nearest", "asymmetric"}); }

Status lower_nearest_exact(Operation& operation) {
  return resample(operation, {"nearest", "half_pixel", "round_prefer_ceil"});
}

Status interpolate(Operation& operation, const std::string& mode) {
  const bool corners = TRY(operation.flag("align_corners"));
  return resample(operation, {mode, corners ? "align_corners" : "half_pixel"});
}

Status lower_linear_resize(Operation& operation) { return interpolate(operation, "linear"); }
Status lower_cubic(Operation& operation) { return interpolate(operation, "cubic"); }

Status lower_antialiased(Operation& operation) {
  return operation.refuse("ONNX resizes with antialiasing from opset 18 on; export with antialias=False");
}

Status lower_grid_sampler(Operation& operation) {
  constexpr std::string_view kModes[] = {"bilinear", "nearest", "bicubic"};
  constexpr std::string_view kPaddings[] = {"zeros", "border", "reflection"};
  const Value input = TRY(operation.tensor("input"));
  const Value grid = TRY(operation.tensor("grid"));
  if (input.rank() != 4) return operation.refuse("only images can be sampled, not volumes");
  const std::int64_t mode = TRY(operation.integer("interpolation_mode"));
  const std::int64_t padding = TRY(operation.integer("padding_mode"));
  if (mode < 0 || mode > 2 || padding < 0 || padding > 2) return operation.wrong("modes are 0, 1 and 2");
  const bool corners = TRY(operation.flag("align_corners"));
  Attributes made = attributes("mode", std::string(kModes[mode]), "padding_mode", std::string(kPaddings[padding]),
                               "align_corners", std::int64_t{corners ? 1 : 0});
  return operation.output(operation.add("GridSample", {input.name, grid.name}, std::move(made)));
}

/// -1 to 1 in so many steps; without aligned corners these are the edges of the first and last pixel.
std::vector<float> positions(std::int64_t count, bool corners) {
  std::vector<float> found;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto at = static_cast<double>(i);
    const auto all = static_cast<double>(count);
    const double position = corners ? (count > 1 ? 2 * at / (all - 1) - 1 : 0) : (2 * at + 1) / all - 1;
    found.push_back(static_cast<float>(position));
  }
  return found;
}

/// The grid that an affine map [batch, 2, 3] makes of an image's positions.
Status lower_affine_grid(Operation& operation) {
  const Value theta = TRY(operation.tensor("theta"));
  const Integers size = TRY(operation.integers("size"));
  if (size.size() != 4 || size[2] < 1 || size[3] < 1 || size[2] > kLargestTable / size[3]) {
    return operation.refuse("only for images of known size");
  }
  const bool corners = TRY(operation.flag("align_corners"));
  const std::vector<float> ys = positions(size[2], corners);
  const std::vector<float> xs = positions(size[3], corners);
  std::vector<float> base;
  for (const float y : ys) {
    for (const float x : xs) base.insert(base.end(), {x, y, 1.0F});
  }
  const std::string points = TRY(reals(operation, "positions", Shape{size[2] * size[3], 3}, base));
  const std::string moved = operation.add("MatMul", {points, transpose(operation, theta.name, {0, 2, 1})});
  return operation.output(operation.add("Reshape", {moved, operation.integers_value({0, size[2], size[3], 2})}));
}

constexpr Operator kResamplingOperators[] = {
    {"_grid_sampler_2d_cpu_fallback", lower_grid_sampler},
    {"_upsample_bicubic2d_aa", lower_antialiased},
    {"_upsample_bilinear2d_aa", lower_antialiased},
    {"_upsample_nearest_exact1d", lower_nearest_exact},
    {"_upsample_nearest_exact2d", lower_nearest_exact},
    {"affine_grid_generator", lower_affine_grid},
    {"grid_sampler", lower_grid_sampler},
    {"grid_sampler_2d", lower_grid_sampler},
    {"upsample_bicubic2d", lower_cubic},
    {"upsample_bilinear2d", lower_linear_resize},
    {"upsample_linear1d", lower_linear_resize},
    {"upsample_nearest1d", lower_nearest},
    {"upsample_nearest2d", lower_nearest},
    {"upsample_nearest3d", lower_nearest},
    {"upsample_trilinear3d", lower_linear_resize},
};

}  // namespace

std::span<const Operator> resampling_operators() { return kResamplingOperators; }

}  // namespace tandem::convert::aten
