// SPDX-License-Identifier: Apache-2.0
// HttpRequest, HttpResponse and the handler interface between the HTTP connection and what it serves.
#pragma once

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "core/tensor.h"

namespace tandem {
class Round;  // schedule/round.h
}

namespace tandem::serve {

/// One request, complete. The views point into memory that `owner` keeps; move it to keep the request.
struct HttpRequest {
  std::string_view method;                                             // "GET"
  std::string_view path;                                               // percent-encoded, without the query
  std::string_view query;                                              // without the '?'
  std::vector<std::pair<std::string_view, std::string_view>> headers;  // names lower-case, values trimmed
  /// The body after content decoding. At least 64 bytes behind it are readable. When the header
  /// inference-header-content-length is there, the first byte after that JSON part is 64-byte aligned.
  std::span<const std::byte> body;
  std::shared_ptr<const void> owner;
  SteadyTime arrival{};
  std::shared_ptr<const std::string> client;  // its address, for logs; null unless HttpServerOptions::note_clients
  /// True from the moment when nobody waits for the answer any more. Null in requests that did not come by a socket.
  std::shared_ptr<const std::atomic<bool>> abandoned;
  bool wants_note = false;  // someone on the way reads HttpResponse::note
  Round* round = nullptr;   // of the loop that read it; flushed before the loop sleeps. Only for use inside handle().

  /// The value of a header (name in lower case), "" when absent.
  std::string_view header(std::string_view name) const;
};

/// What an answer took and where it ran: for the access log.
struct CallNote {
  std::string model;
  std::string version;
  std::string request_id;  // the caller's
  std::int64_t batch_size = 0;
  std::chrono::nanoseconds queue{0};
  std::chrono::nanoseconds compute{0};
};

/// One answer, or the next piece of one. The body is `text` followed by the bytes of `tensors`; those are sent without
/// being copied.
struct HttpResponse {
  int status = 200;
  std::string_view content_type = "application/json";  // a constant: whoever sends it keeps no copy
  /// Header inference-header-content-length: the JSON part of a body that goes on with tensors.
  std::optional<std::size_t> json_length;
  std::vector<std::pair<std::string, std::string>> headers;  // others than those above and content-length
  std::string text;
  std::vector<Tensor> tensors;  // no strings
  /// After the body, of the last piece. Only HTTP/2 sends them.
  std::vector<std::pair<std::string, std::string>> trailers;
  std::shared_ptr<const CallNote> note;  // null unless a model was asked and the request wants it
  bool uncompressed = false;             // clients of this call say that they take compressed answers and do not
  bool more = false;                     // another piece follows: its text and tensors go on with the body
  bool broken_off = false;  // instead of a piece after the first: the rest will never come, so the client must notice
};

/// Where an answer goes.
class ResponseTarget {
 public:
  virtual ~ResponseTarget() = default;
  virtual void send(HttpResponse&& response) = 0;
};

/// Sends the answer of one request: one response, or several of which all but the last have `more` set and all but the
/// first count only by text, tensors and trailers. Each piece is sent at once. Pieces are made one after the other: who
/// makes them faster than the client reads is cut off at max_output_bytes, and sees it by HttpRequest::abandoned.
/// Thread-safe; a connection that has gone swallows it. Copies send to the same place, which ends with the last of
/// them. (Not a std::function: that would take memory of its own for the pointer, and every request has one.)
class Responder final {
 public:
  Responder() = default;
  explicit Responder(std::shared_ptr<ResponseTarget> target) : target_(std::move(target)) {}
  /// Calls `function`, of which there is one however many copies this has.
  template <std::invocable<HttpResponse> Function>
    requires(!std::same_as<std::remove_cvref_t<Function>, Responder>)
  Responder(Function&& function)  // NOLINT(google-explicit-constructor): as a std::function is made
      : target_(std::make_shared<Called<std::remove_cvref_t<Function>>>(std::forward<Function>(function))) {}

  void operator()(HttpResponse response) const { target_->send(std::move(response)); }
  explicit operator bool() const { return target_ != nullptr; }

 private:
  template <typename Function>
  class Called final : public ResponseTarget {
   public:
    explicit Called(Function function) : function_(std::move(function)) {}
    void send(HttpResponse&& response) override { function_(std::move(response)); }

   private:
    Function function_;
  };

  std::shared_ptr<ResponseTarget> target_;
};

/// Takes the body of one request as it arrives: `on_data* [on_end]`, on the thread of its loop. Destroyed when the
/// request has ended, be it answered, cancelled or cut off; answers may still come afterwards, and are swallowed.
class BodyReceiver {
 public:
  virtual ~BodyReceiver() = default;

  /// The next bytes, which are not empty; valid during the call.
  virtual void on_data(std::span<const std::byte> bytes) = 0;
  /// The body is complete.
  virtual void on_end() = 0;
  /// Whether the client may send more. False holds it back by flow control; asked again after each piece of the answer.
  virtual bool takes_more() const { return true; }
  /// Whether the client may take its time: nothing is half received.
  virtual bool may_pause() const { return false; }
  /// The server is about to end: what has been asked is answered, but nobody should wait for more.
  virtual void on_drain() {}
};

/// What stands behind a server. Thread-safe. Must not block; may answer later from another thread.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  virtual void handle(HttpRequest request, Responder respond) = 0;

  /// Whether the body of this request, of which only the head is there, should be given to open() as it arrives. Asked
  /// by HTTP/2 only; a handler that passes requests on passes this on too.
  virtual bool takes_stream(const HttpRequest& head) const;
  /// Only for requests that takes_stream() has said yes to; never null. `head.owner` keeps what the views point into.
  virtual std::unique_ptr<BodyReceiver> open(HttpRequest head, Responder respond);
};

}  // namespace tandem::serve
