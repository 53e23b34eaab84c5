// SPDX-License-Identifier: Apache-2.0
// One step: the likeliest word that may be said, where the model looked, and the states for the next one.
#include "pipeline/greedy_caption.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/check.h"
#include "pipeline/classify.h"

namespace tandem {
namespace {

using Source = CaptionPlan::StepInput::Source;

struct Choice {
  std::int64_t id = 0;
  double probability = 0;
};

/// The floats of [1, n].
Result<std::vector<float>> row_values(const Tensor& tensor, std::string_view name) {
  const Shape& shape = tensor.shape();
  if (shape.rank() != 2 || shape[0] != 1 || !is_floating_point(tensor.dtype())) {
    return internal_error(
        fmt::format("the step's '{}': expected floating point [1, n], got {}", name, to_string(tensor)));
  }
  return float_values(tensor);
}

/// An impossible word may be rated -infinity; every other value must be a number.
Status check_logits(const std::vector<float>& logits, std::size_t words) {
  if (logits.size() != words) {
    return internal_error(fmt::format("the step rates {} words; its config names {}: they are not of one captioner",
                                      logits.size(), words));
  }
  const auto bad = std::find_if(logits.begin(), logits.end(), [](float value) {
    return std::isnan(value) || value == std::numeric_limits<float>::infinity();
  });
  if (bad == logits.end()) return {};
  return internal_error(
      fmt::format("the step rates word {} {}, which is no number: the model is damaged, or its precision is too low",
                  bad - logits.begin(), *bad));
}

/// Of equals the first.
Result<Choice> choose(const std::vector<float>& logits, const std::vector<std::int64_t>& never) {
  const auto allowed = [&](std::size_t id) {
    return std::find(never.begin(), never.end(), static_cast<std::int64_t>(id)) == never.end();
  };
  const float largest = *std::max_element(logits.begin(), logits.end());
  float best_value = -std::numeric_limits<float>::infinity();
  Choice best{-1, 0};
  double sum = 0;
  for (std::size_t id = 0; id < logits.size(); ++id) {
    sum += std::exp(static_cast<double>(logits[id]) - static_cast<double>(largest));
    if (logits[id] <= best_value || !allowed(id)) continue;
    best_value = logits[id];
    best.id = static_cast<std::int64_t>(id);
  }
  if (best.id < 0) return internal_error("the step rates every word that may be said as impossible");
  best.probability = std::exp(static_cast<double>(best_value) - static_cast<double>(largest)) / sum;
  return best;
}

}  // namespace

Result<GreedyCaption> GreedyCaption::begin(const CaptionPlan& plan, std::vector<Tensor> encoded) {
  if (encoded.size() != plan.encoder_outputs()) {
    return internal_error(
        fmt::format("the encoder gave {} outputs, expected {}", encoded.size(), plan.encoder_outputs()));
  }
  for (const Tensor& tensor : encoded) {
    if (tensor.shape().rank() >= 1 && tensor.shape()[0] == 1) continue;
    return internal_error(fmt::format("the encoder gave {}: expected one image, [1, ...]", to_string(tensor)));
  }
  GreedyCaption caption(plan);
  for (const CaptionPlan::StepInput& input : plan.step_inputs()) {
    const bool encoder = input.source == Source::kEncoder || input.source == Source::kState;
    caption.kept_.push_back(encoder ? encoded[input.encoder_output].view() : Tensor());
  }
  return caption;
}

Result<std::vector<Tensor>> GreedyCaption::next_inputs() const {
  CHECK(!finished());
  std::vector<Tensor> inputs;
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    if (plan_->step_inputs()[i].source != Source::kWord) {
      inputs.push_back(kept_[i].empty() ? Tensor() : kept_[i].view());
      continue;
    }
    Tensor word = TRY(Tensor::allocate(plan_->word_dtype(), {1}));
    if (plan_->word_dtype() == DType::kInt64) {
      word.mutable_values<std::int64_t>()[0] = last_word_;
    } else {
      word.mutable_values<std::int32_t>()[0] = static_cast<std::int32_t>(last_word_);
    }
    inputs.push_back(std::move(word));
  }
  return inputs;
}

Status GreedyCaption::take(std::vector<Tensor> outputs) {
  CHECK(!finished());
  if (outputs.size() != plan_->step_outputs()) {
    return internal_error(fmt::format("the step gave {} outputs, expected {}", outputs.size(), plan_->step_outputs()));
  }
  const CaptionConfig& config = plan_->config();
  const std::vector<float> logits = TRY(row_values(outputs[plan_->logits()], "logits"));
  TRY(check_logits(logits, config.words.size()));
  const Choice choice = TRY(choose(logits, config.never));
  std::vector<float> attention;
  if (plan_->alpha()) attention = TRY(read_attention(outputs[*plan_->alpha()]));
  TRY(keep_states(outputs));
  ++steps_;
  last_word_ = choice.id;
  caption_.ended = choice.id == config.end;
  if (caption_.ended) return {};
  say({config.words[static_cast<std::size_t>(choice.id)], choice.probability, std::move(attention)});
  return {};
}

/// A state of another shape would only be found out by the next run, which would blame its caller.
Status GreedyCaption::keep_states(std::vector<Tensor>& outputs) {
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    const CaptionPlan::StepInput& input = plan_->step_inputs()[i];
    if (input.source != Source::kState) continue;
    Tensor& next = outputs[input.step_output];
    if (next.dtype() != kept_[i].dtype() || next.shape() != kept_[i].shape()) {
      return internal_error(fmt::format("the step's state was {} and became {}: expected the same shape",
                                        to_string(kept_[i]), to_string(next)));
    }
    kept_[i] = next.view();
  }
  return {};
}

Result<std::vector<float>> GreedyCaption::read_attention(const Tensor& alpha) {
  std::vector<float> values = TRY(row_values(alpha, "alpha"));
  const auto bad = std::find_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
  if (bad != values.end()) {
    return internal_error(
        fmt::format("the step's 'alpha' of cell {} is {}, which is no number", bad - values.begin(), *bad));
  }
  caption_.grid = TRY(plan_->grid(values.size()));
  return values;
}

void GreedyCaption::say(CaptionWord word) {
  if (!caption_.words.empty()) caption_.text += ' ';
  caption_.text += word.word;
  caption_.words.push_back(std::move(word));
}

}  // namespace tandem
