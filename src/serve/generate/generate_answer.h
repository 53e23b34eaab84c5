// SPDX-License-Identifier: Apache-2.0
// What a generate call answers: flat JSON, at once or as server-sent events.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "serve/http/message.h"
#include "serve/inference_service.h"

namespace tandem::serve {

/// {"model_name":...,"model_version":...,"id":...,"OUTPUT":value}: a scalar for one element, else a flat array.
/// Errors: internal, invalid_argument (outputs without a JSON form, strings that are no text).
Result<std::string> generate_outputs(const ServedModel& model, const std::optional<std::string>& id,
                                     const InferResponse& response);

/// The same of a text that was made: {...,"text":"..."}
std::string generate_text(const ServedModel& model, const std::optional<std::string>& id, std::string_view text);

/// One answer: `whole`, or a stream of events: `event* end`; fail() at any time instead. For one thread at a time.
class GenerateAnswer final {
 public:
  explicit GenerateAnswer(Responder respond) : respond_(std::move(respond)) {}

  /// Goes with the last piece.
  void set_note(std::shared_ptr<const CallNote> note) { note_ = std::move(note); }

  void whole(std::string json);
  /// Sends "data: JSON" and an empty line.
  void event(std::string_view json);
  void end();
  /// An ordinary error answer while nothing has been sent, else an event {"error": ...} and the end.
  void fail(const Error& error);

 private:
  void send(std::string text, bool more);

  Responder respond_;
  std::shared_ptr<const CallNote> note_;
  bool begun_ = false;
};

}  // namespace tandem::serve
