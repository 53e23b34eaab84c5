// SPDX-License-Identifier: Apache-2.0
// CaptionerSession: an encoder and its step as one model that gives a whole caption.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/error.h"
#include "engine/engine.h"
#include "pipeline/caption_plan.h"

namespace tandem::app {

/// Outputs: caption string[1], ended bool[1], and first_logits float32[1, V]: how the words were rated at the first
/// place, where all captioners have said the same so far. One image at a time; outputs are always new tensors.
class CaptionerSession final : public Session {
 public:
  /// Errors: failed_precondition when encoder, step and config do not fit together.
  static Result<std::unique_ptr<CaptionerSession>> create(CaptionConfig config, std::unique_ptr<Session> encoder,
                                                          std::unique_ptr<Session> step);

  const ModelInfo& info() const override { return info_; }
  std::string describe() const override { return encoder_->describe(); }
  using Session::run;
  Status run(std::span<const Tensor> inputs, std::span<Tensor> outputs) override;

 private:
  CaptionerSession(CaptionConfig config, std::unique_ptr<Session> encoder, std::unique_ptr<Session> step);

  CaptionConfig config_;
  std::unique_ptr<Session> encoder_;
  std::unique_ptr<Session> step_;
  std::unique_ptr<CaptionPlan> plan_;  // borrows config_
  ModelInfo info_;
};

/// What the outputs of a CaptionerSession say. Borrows them.
struct SaidWords {
  std::string_view text;
  bool ended = false;
};
SaidWords said_words(std::span<const Tensor> outputs);

}  // namespace tandem::app
