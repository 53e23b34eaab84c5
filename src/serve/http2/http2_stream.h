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
#include "serve/http2/request_fields.h"

namespace tandem::serve {

struct Http2Stream {
  /// What requests hold on to, also when the stream has gone.
  struct Shared {
    RequestFields fields;
    std::atomic<bool> abandoned = false;
  };
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
  std::shared_ptr<Shared> shared = std::make_shared<Shared>();
  RequestHead head;  // points into `shared->fields`
  IncomingRequest incoming;
  std::string gathered;
  std::unique_ptr<BodyReceiver> receiver;
  std::size_t held_back = 0;  // bytes that were taken but not yet given back to the client's window
  SteadyTime arrival{};
  SteadyTime progress{};  // of its input

  AnswerBody body;
  std::vector<std::pair<std::string, std::string>> trailers;
  SteadyTime answer_at{};  // when the client took a part of the body, or there was one to take
  bool answering = false;  // the head of the answer has been submitted
  bool answered = false;   // the last piece has come
  bool waiting = false;    // nghttp2 has nothing of it to send until there is more

  std::shared_ptr<const std::atomic<bool>> abandoned() const { return {shared, &shared->abandoned}; }
  /// Lets go of everything but of memory that the next request can use; then it is as new.
  void end();
  void abandon() { shared->abandoned.store(true, std::memory_order_relaxed); }
  bool receiving() const { return input != Input::kIgnored && input != Input::kComplete; }
};

}  // namespace tandem::serve
