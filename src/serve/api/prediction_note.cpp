// SPDX-License-Identifier: Apache-2.0
// Copies what CallNote has room for.
#include "serve/api/prediction_note.h"

namespace tandem::serve {

std::shared_ptr<const CallNote> prediction_note(const ImagePrediction& prediction) {
  CallNote note;
  note.model = prediction.model->name;
  note.version = prediction.model->version;
  note.batch_size = prediction.timing.batch_size;
  note.queue = prediction.timing.queue;
  note.compute = prediction.timing.compute;
  return std::make_shared<const CallNote>(std::move(note));
}

}  // namespace tandem::serve
