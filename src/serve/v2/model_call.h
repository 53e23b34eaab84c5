// SPDX-License-Identifier: Apache-2.0
// ModelCall: one infer call between its question and its answer, whichever protocol it came by.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "serve/http/message.h"
#include "serve/inference_service.h"
#include "serve/settings/tracer.h"
#include "serve/v2/infer_codec.h"

namespace tandem::serve {

class ModelCall final {
 public:
  /// `tracer` is null where nothing is traced; it and `clock` outlive the call.
  ModelCall(Tracer* tracer, const Clock& clock) : tracer_(tracer), clock_(clock) {}

  std::shared_ptr<const ServedModel> model;
  DecodedInfer decoded;
  bool wants_note = false;  // HttpRequest::wants_note

  /// When model and request are known, before the request is handed on: whether it will be traced.
  void begin();
  /// When the model has answered: writes the trace, if there is to be one.
  void trace(const BatchTiming& timing) const;
  /// For the answer; null when nobody wants it.
  std::shared_ptr<const CallNote> note(const BatchTiming& timing) const;

 private:
  struct Sampled {
    std::uint64_t id = 0;
    SteadyTime arrival{};
    SteadyTime begun{};
  };
  Tracer* tracer_;
  const Clock& clock_;
  std::optional<Sampled> sampled_;
};

}  // namespace tandem::serve
