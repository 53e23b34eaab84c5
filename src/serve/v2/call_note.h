// SPDX-License-Identifier: Apache-2.0
// Fills the note that goes with an answer to whoever logs it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "serve/http/message.h"
#include "serve/inference_service.h"

namespace tandem::serve {

/// `timing` as it is so far: queue and compute of further runs may be added to the note.
std::shared_ptr<CallNote> make_call_note(const ServedModel& model, const std::optional<std::string>& request_id,
                                         const BatchTiming& timing);

}  // namespace tandem::serve
