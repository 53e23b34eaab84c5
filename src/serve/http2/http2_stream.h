// SPDX-License-Identifier: Apache-2.0
// Http2Stream: one request of an HTTP/2 connection and its answer, while they are on their way.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "serve/http/message.h"
#include "serve/http/request_memory.h"
#include "serve/http2/answer_queue.h"
#include "serve/http2/head_memory.h"

namespace tandem::serve {

struct Http2Stream {
  enum class Input {
    kFields,    // the header fields are coming
    kInPlace,   // the body goes into `incoming`, where the handler will find it
    kGathered,  // its length is not known, or it is compressed: it goes into `gathered`
    kReceiver,  // the handler takes it as it comes
    kIgnored,   // the answer is there already
    kComplete,
  };

  std::int32_t id = 0;
  Input input = Input::kFields;
  std::shared_ptr<const HeadBlock> head;  // null until it is complete
  /// What requests look at, also when the stream has gone.
  std::shared_ptr<std::atomic<bool>> abandoned = std::make_shared<std::atomic<bool>>(false);
  IncomingRequest incoming;
  std::string gathered;
  std::unique_ptr<BodyReceiver> receiver;
  std::uint64_t body_bytes = 0;  // of it that have come, as they were sent
  std::size_t held_back = 0;     // bytes that were taken but not yet given back to the client's window
  SteadyTime arrival{};
  SteadyTime progress{};  // of its input

  AnswerBody body;
  std::vector<std::pair<std::string, std::string>> trailers;
  SteadyTime answer_at{};  // when the client took a part of the body, or there was one to take
  bool answering = false;  // the head of the answer has been submitted
  bool answered = false;   // the last piece has come
  bool waiting = false;    // nghttp2 has nothing of it to send until there is more

  /// Lets go of everything but of memory that the next request can use; then it is as new.
  void end();
  void abandon() { abandoned->store(true, std::memory_order_relaxed); }
  /// Whether the body that has come is not the one that content-length promised; `is_whole`: no more of it will come.
  bool breaks_promise(bool is_whole) const {
    if (head == nullptr || !head->has_length) return false;
    const std::uint64_t promised = head->head.content_length;
    return body_bytes > promised || (is_whole && body_bytes != promised);
  }
  bool receiving() const { return input != Input::kIgnored && input != Input::kComplete; }
};

}  // namespace tandem::serve
