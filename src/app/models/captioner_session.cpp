// SPDX-License-Identifier: Apache-2.0
// The loop is that of pipeline/greedy_caption.
#include "app/models/captioner_session.h"

#include <utility>

#include "pipeline/greedy_caption.h"

namespace tandem::app {
namespace {

enum Output : std::size_t { kCaption, kEnded, kFirstLogits, kOutputs };

}  // namespace

CaptionerSession::CaptionerSession(CaptionConfig config, std::unique_ptr<Session> encoder,
                                   std::unique_ptr<Session> step)
    : config_(std::move(config)), encoder_(std::move(encoder)), step_(std::move(step)) {
  info_.inputs = encoder_->info().inputs;
  const auto add = [this](const char* name, DType dtype, std::vector<Dim> dims) {
    info_.outputs.push_back({name, dtype, {std::move(dims), false}, false});
  };
  add("caption", DType::kString, {Dim::fixed(1)});
  add("ended", DType::kBool, {Dim::fixed(1)});
  add("first_logits", DType::kFloat32, {Dim::fixed(1), Dim::fixed(static_cast<std::int64_t>(config_.words.size()))});
}

Result<std::unique_ptr<CaptionerSession>> CaptionerSession::create(CaptionConfig config,
                                                                   std::unique_ptr<Session> encoder,
                                                                   std::unique_ptr<Session> step) {
  std::unique_ptr<CaptionerSession> made(new CaptionerSession(std::move(config), std::move(encoder), std::move(step)));
  CaptionPlan plan = TRY(CaptionPlan::create(made->config_, made->encoder_->info(), made->step_->info()));
  made->plan_ = std::make_unique<CaptionPlan>(std::move(plan));
  return made;
}

Status CaptionerSession::run(std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  GreedyCaption loop = TRY(GreedyCaption::begin(*plan_, TRY(encoder_->run(inputs))));
  Tensor first_logits;
  while (!loop.finished()) {
    const std::vector<Tensor> given = TRY(loop.next_inputs());
    std::vector<Tensor> made = TRY(step_->run(given));
    if (first_logits.empty()) first_logits = TRY(made[plan_->logits()].clone());
    TRY(loop.take(std::move(made)));
  }
  outputs[kCaption] = TRY(Tensor::from_strings({1}, {loop.caption().text}));
  outputs[kEnded] = TRY(Tensor::allocate(DType::kBool, {1}));
  outputs[kEnded].mutable_values<bool>()[0] = loop.caption().ended;
  outputs[kFirstLogits] = std::move(first_logits);
  return {};
}

SaidWords said_words(std::span<const Tensor> outputs) {
  return {outputs[kCaption].strings()[0], outputs[kEnded].values<bool>()[0]};
}

}  // namespace tandem::app
