// SPDX-License-Identifier: Apache-2.0
// GreedyCaption: the loop that makes a caption of an encoder's outputs, always saying the likeliest word.
//
// It runs no model: whoever drives it does, in a loop over a Session or by callbacks of a server.
#pragma once

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "core/tensor.h"
#include "pipeline/caption.h"
#include "pipeline/caption_plan.h"

namespace tandem {

/// One caption. For one thread at a time. Calls: (next_inputs take)* until finished, then caption.
/// What the models give is checked, for they may be anybody's: wrong shapes and values that are no numbers are errors.
class GreedyCaption final {
 public:
  /// plan     borrowed, outlives this
  /// encoded  the encoder's outputs of one image, batch 1; kept until the end
  /// errors   internal (outputs that are not those of the plan)
  static Result<GreedyCaption> begin(const CaptionPlan& plan, std::vector<Tensor> encoded);

  /// Whether the model said the end, or has said as many words as it may.
  bool finished() const { return caption_.ended || steps_ == plan_->config().max_words; }

  /// One per input of the step, batch 1; views of what is kept here. Errors: resource_exhausted.
  Result<std::vector<Tensor>> next_inputs() const;

  /// outputs  of the step that ran on next_inputs(), batch 1
  /// errors   internal (shapes and values that make no sense), failed_precondition (cells that are not the grid's)
  Status take(std::vector<Tensor> outputs);

  std::int64_t steps() const { return steps_; }

  /// What has been said.
  const Caption& caption() const { return caption_; }

 private:
  explicit GreedyCaption(const CaptionPlan& plan) : plan_(&plan), last_word_(plan.config().start) {}
  Status keep_states(std::vector<Tensor>& outputs);
  Result<std::vector<float>> read_attention(const Tensor& alpha);
  void say(CaptionWord word);

  const CaptionPlan* plan_;
  std::vector<Tensor> kept_;  // one per input of the step; empty for the word and for optional inputs
  std::int64_t last_word_;
  std::int64_t steps_ = 0;
  Caption caption_;
};

}  // namespace tandem
