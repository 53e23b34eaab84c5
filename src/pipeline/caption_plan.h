// SPDX-License-Identifier: Apache-2.0
// CaptionPlan: how the tensors of an encoder and of a step belong together; found out once for two models.
//
// By name, as docs/convert/captioner.md describes them. An input of the step is the last word ("word"); or what the
// encoder gives under the same name ("features"); or a state: the input "h" is first the encoder's output "h0", then
// the step's output "next_h". Of its other outputs "logits" rates the words and "alpha", if there, the image's cells.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "core/dtype.h"
#include "core/model_info.h"
#include "pipeline/caption_config.h"

namespace tandem {

class CaptionPlan final {
 public:
  /// Where an input of the step comes from.
  struct StepInput {
    enum class Source { kNothing, kWord, kEncoder, kState };
    Source source = Source::kNothing;  // nothing: an optional input
    std::size_t encoder_output = 0;    // of kEncoder, and of kState in the first step
    std::size_t step_output = 0;       // of kState in later steps
  };

  /// `config` is borrowed and outlives the plan.
  /// Errors: failed_precondition saying what does not fit: the encoder and the step, or one of them and the config.
  static Result<CaptionPlan> create(const CaptionConfig& config, const ModelInfo& encoder, const ModelInfo& step);

  const CaptionConfig& config() const { return *config_; }
  const std::vector<StepInput>& step_inputs() const { return step_inputs_; }  // one per input of the step
  DType word_dtype() const { return word_dtype_; }                            // int64 or int32
  std::size_t encoder_outputs() const { return encoder_outputs_; }
  std::size_t step_outputs() const { return step_outputs_; }
  std::size_t logits() const { return logits_; }               // index of a step output
  std::optional<std::size_t> alpha() const { return alpha_; }  // index of a step output

  /// The config's grid, else a square. Errors: failed_precondition (`cells` cells do not make one).
  Result<CaptionGrid> grid(std::size_t cells) const;

 private:
  explicit CaptionPlan(const CaptionConfig& config) : config_(&config) {}

  Status connect_inputs(const ModelInfo& encoder, const ModelInfo& step);
  Result<StepInput> connect(const TensorSpec& input, const ModelInfo& encoder, const ModelInfo& step);
  Status find_outputs(const ModelInfo& step);

  const CaptionConfig* config_;
  std::vector<StepInput> step_inputs_;
  DType word_dtype_ = DType::kInt64;
  std::size_t encoder_outputs_ = 0;
  std::size_t step_outputs_ = 0;
  std::size_t logits_ = 0;
  std::optional<std::size_t> alpha_;
};

}  // namespace tandem
