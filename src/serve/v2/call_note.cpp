// SPDX-License-Identifier: Apache-2.0
// From the words of the service to those of the connection.
#include "serve/v2/call_note.h"

namespace tandem::serve {

std::shared_ptr<CallNote> make_call_note(const ServedModel& model, const std::optional<std::string>& request_id,
                                         const BatchTiming& timing) {
  auto note = std::make_shared<CallNote>();
  note->model = model.name;
  note->version = model.version;
  note->request_id = request_id.value_or("");
  note->batch_size = timing.batch_size;
  note->queue = timing.queue;
  note->compute = timing.compute_input + timing.compute_infer + timing.compute_output;
  return note;
}

}  // namespace tandem::serve
