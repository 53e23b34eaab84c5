// SPDX-License-Identifier: Apache-2.0
// What is kept of a call for traces and the access log.
#include "serve/v2/model_call.h"

#include <utility>

#include "serve/v2/call_note.h"

namespace tandem::serve {

void ModelCall::begin() {
  if (tracer_ == nullptr) return;
  if (const auto id = tracer_->sample(model->name)) sampled_ = Sampled{*id, decoded.request.arrival, clock_.now()};
}

void ModelCall::trace(const BatchTiming& timing) const {
  if (!sampled_) return;
  TracedCall traced;
  traced.id = sampled_->id;
  traced.model = model->name;
  traced.version = model->version;
  traced.request_id = decoded.id.value_or("");
  traced.arrival = sampled_->arrival;
  traced.begun = sampled_->begun;
  traced.ended = clock_.now();
  traced.timing = timing;
  tracer_->write(std::move(traced));
}

std::shared_ptr<const CallNote> ModelCall::note(const BatchTiming& timing) const {
  return wants_note ? make_call_note(*model, decoded.id, timing) : nullptr;
}

}  // namespace tandem::serve
