// SPDX-License-Identifier: Apache-2.0
// What of a stream's memory goes on to the next one.
#include "serve/http2/http2_stream.h"

namespace tandem::serve {

void Http2Stream::end() {
  const bool is_free = shared.use_count() == 1;
  if (is_free) {
    std::atomic_thread_fence(std::memory_order_acquire);  // another thread may have held it until now
    shared->fields.clear();
    shared->abandoned.store(false, std::memory_order_relaxed);
  }
  body.clear();
  Http2Stream next(is_free ? std::move(shared) : std::make_shared<Shared>());
  next.body = std::move(body);
  *this = std::move(next);
}

}  // namespace tandem::serve
