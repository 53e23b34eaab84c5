// SPDX-License-Identifier: Apache-2.0
// What of a stream's memory goes on to the next one.
#include "serve/http2/http2_stream.h"

namespace tandem::serve {

void Http2Stream::end() {
  if (abandoned.use_count() == 1) {
    std::atomic_thread_fence(std::memory_order_acquire);  // another thread may have held it until now
    abandoned->store(false, std::memory_order_relaxed);
  } else {
    abandoned = std::make_shared<std::atomic<bool>>(false);
  }
  input = Input::kFields;
  head.reset();
  if (incoming.body != nullptr) incoming = {};
  gathered = {};
  receiver.reset();
  body_bytes = 0;
  held_back = 0;
  body.clear();
  trailers.clear();
  answering = answered = waiting = false;
}

}  // namespace tandem::serve
