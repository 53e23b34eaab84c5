// SPDX-License-Identifier: Apache-2.0
// What of a stream's memory goes on to the next one.
#include "serve/http2/http2_stream.h"

namespace tandem::serve {

void Http2Stream::end() {
  if (shared.use_count() == 1) {
    std::atomic_thread_fence(std::memory_order_acquire);  // another thread may have held it until now
    shared->fields.clear();
    shared->abandoned.store(false, std::memory_order_relaxed);
  } else {
    shared = std::make_shared<Shared>();
  }
  input = Input::kFields;
  head = {};
  if (incoming.body != nullptr) incoming = {};
  gathered = {};
  receiver.reset();
  held_back = 0;
  body.clear();
  trailers.clear();
  answering = answered = waiting = false;
}

}  // namespace tandem::serve
