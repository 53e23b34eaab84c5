// SPDX-License-Identifier: Apache-2.0
// Every name and every fixed dimension is compared before the first image is.
#include "pipeline/caption_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "core/spec_list.h"

namespace tandem {
namespace {

using Source = CaptionPlan::StepInput::Source;

constexpr std::string_view kWord = "word";
constexpr std::string_view kLogits = "logits";
constexpr std::string_view kAlpha = "alpha";

tl::unexpected<Error> misfit(std::string message) { return fail(Code::kFailedPrecondition, std::move(message)); }

/// Whether what one model gives may be what the other takes: open dimensions may be anything.
bool fits(const TensorSpec& given, const TensorSpec& taken) {
  if (given.dtype != taken.dtype) return false;
  if (given.shape.unknown_rank || taken.shape.unknown_rank) return true;
  if (given.shape.rank() != taken.shape.rank()) return false;
  for (std::size_t i = 0; i < given.shape.rank(); ++i) {
    const Dim& from = given.shape.dims[i];
    const Dim& to = taken.shape.dims[i];
    if (from.is_fixed() && to.is_fixed() && from.size != to.size) return false;
  }
  return true;
}

Status check_fits(std::string_view giver, const TensorSpec& given, const TensorSpec& taken) {
  if (fits(given, taken)) return {};
  return misfit(fmt::format("the {} gives {}, but the step takes {}: the two are not of one captioner", giver,
                            to_string(given), to_string(taken)));
}

/// [batch, n], where one sample may stand in the batch.
bool is_row(const SymbolicShape& shape) {
  return shape.unknown_rank || (shape.rank() == 2 && (!shape.dims[0].is_fixed() || shape.dims[0].size == 1));
}

/// The fixed n of [batch, n].
std::optional<std::size_t> row_size(const SymbolicShape& shape) {
  if (shape.unknown_rank || !shape.dims[1].is_fixed()) return std::nullopt;
  return static_cast<std::size_t>(shape.dims[1].size);
}

Result<std::size_t> find_row(const ModelInfo& step, std::string_view name) {
  const auto index = find_spec(step.outputs, name);
  if (!index) {
    return misfit(fmt::format("the step has no output '{}': expected it among {}", name, names_of(step.outputs)));
  }
  const TensorSpec& spec = step.outputs[*index];
  if (is_floating_point(spec.dtype) && is_row(spec.shape)) return *index;
  return misfit(
      fmt::format("the step's output '{}': expected floating point [batch, n], got {}", name, to_string(spec)));
}

}  // namespace

Result<CaptionPlan> CaptionPlan::create(const CaptionConfig& config, const ModelInfo& encoder, const ModelInfo& step) {
  CaptionPlan plan(config);
  plan.encoder_outputs_ = encoder.outputs.size();
  plan.step_outputs_ = step.outputs.size();
  TRY(plan.connect_inputs(encoder, step));
  TRY(plan.find_outputs(step));
  return plan;
}

Status CaptionPlan::connect_inputs(const ModelInfo& encoder, const ModelInfo& step) {
  for (const TensorSpec& input : step.inputs) step_inputs_.push_back(TRY(connect(input, encoder, step)));
  const bool has_word = std::any_of(step_inputs_.begin(), step_inputs_.end(),
                                    [](const StepInput& input) { return input.source == Source::kWord; });
  if (has_word) return {};
  return misfit(fmt::format("the step takes no '{}': expected it among its inputs {}", kWord, names_of(step.inputs)));
}

Result<CaptionPlan::StepInput> CaptionPlan::connect(const TensorSpec& input, const ModelInfo& encoder,
                                                    const ModelInfo& step) {
  if (input.name == kWord) {
    if (!fits({"", input.dtype, {{Dim::fixed(1)}, false}, false}, input) ||
        (input.dtype != DType::kInt64 && input.dtype != DType::kInt32)) {
      return misfit(fmt::format("the step's input: expected word: int64[batch], got {}", to_string(input)));
    }
    word_dtype_ = input.dtype;
    return StepInput{Source::kWord, 0, 0};
  }
  if (const auto same = find_spec(encoder.outputs, input.name)) {
    TRY(check_fits("encoder", encoder.outputs[*same], input));
    return StepInput{Source::kEncoder, *same, 0};
  }
  const auto first = find_spec(encoder.outputs, input.name + "0");
  const auto next = find_spec(step.outputs, "next_" + input.name);
  if (first && next) {
    TRY(check_fits("encoder", encoder.outputs[*first], input));
    TRY(check_fits("step", step.outputs[*next], input));
    return StepInput{Source::kState, *first, *next};
  }
  if (input.optional) return StepInput{};
  return misfit(fmt::format(
      "nothing gives the step its input '{0}': expected an output '{0}' of the encoder, which has {1}; or '{0}0' there "
      "and 'next_{0}' among the step's {2}",
      input.name, names_of(encoder.outputs), names_of(step.outputs)));
}

Status CaptionPlan::find_outputs(const ModelInfo& step) {
  logits_ = TRY(find_row(step, kLogits));
  const auto rated = row_size(step.outputs[logits_].shape);
  if (rated && *rated != config_->words.size()) {
    return misfit(fmt::format("caption.words: expected {} words, as many as the step rates, got {}", *rated,
                              config_->words.size()));
  }
  if (!find_spec(step.outputs, kAlpha)) return {};
  alpha_ = TRY(find_row(step, kAlpha));
  if (const auto cells = row_size(step.outputs[*alpha_].shape)) TRY(grid(*cells));
  return {};
}

Result<CaptionGrid> CaptionPlan::grid(std::size_t cells) const {
  const auto side = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(cells))));
  const CaptionGrid grid = config_->grid.value_or(CaptionGrid{side, side});
  if (cells > 0 && grid.rows * grid.columns == cells) return grid;
  return misfit(fmt::format(
      "caption.grid: expected [rows, columns] of the {} cells that the step looks at, got {}", cells,
      config_->grid ? fmt::format("[{}, {}]", grid.rows, grid.columns) : "nothing, and they are no square"));
}

}  // namespace tandem
