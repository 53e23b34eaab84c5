// SPDX-License-Identifier: Apache-2.0
// The other half of Http1Connection: answers, closing, and time.
#include <sys/socket.h>

#include <algorithm>
#include <span>

#include "base/log.h"
#include "serve/http/http1_connection.h"
#include "serve/http/peer_name.h"
#include "serve/http/status.h"

namespace tandem::serve {

Http1Connection::Http1Connection(std::unique_ptr<ByteStream> stream, std::uint64_t id, LoopContext& context)
    : context_(context), stream_(std::move(stream)), fd_(stream_->fd()), id_(id), progress_(context.now) {
  if (context.options.note_clients) client_ = std::make_shared<const std::string>(peer_name(fd_));
  update_deadline();
}

Http1Connection::~Http1Connection() { close(); }

void Http1Connection::on_writable() {
  if (stream_->must_write()) on_readable();
  send_ready();
  update_deadline();
}

void Http1Connection::on_response(std::uint64_t sequence, HttpResponse&& response) {
  if (closed() || sequence < first_sequence_ || sequence - first_sequence_ >= slots_.size()) return;
  Slot& slot = slots_[static_cast<std::size_t>(sequence - first_sequence_)];
  if (!slot.ready) {
    slot.response = std::move(response);
    slot.ready = true;
  } else {
    slot.later_bytes += body_size(response);
    slot.later.push_back(std::move(response));
    if (slot.later_bytes > context_.options.max_output_bytes) return cut_off_slow_reader(slot.later_bytes);
  }
  const bool in_pieces = slot.begun || slot.response.more;
  if (advancing_ && !in_pieces) return;  // advance() sends what its requests were answered with, together
  send_ready();
  update_deadline();
}

void Http1Connection::reject(const Rejection& rejection) {
  Slot slot;
  slot.response = error_response(rejection.status, rejection.message);
  slot.ready = true;
  slot.keep_alive = false;
  slot.http_1_0 = http_1_0_;
  slots_.push_back(std::move(slot));
  incoming_ = IncomingRequest{};
  coded_.reset();
  continue_due_ = false;
  phase_ = Phase::kStopped;
}

void Http1Connection::send_ready() {
  if (closed() || phase_ == Phase::kLingering) return;
  std::size_t sent = 0;
  while (sent < slots_.size() && slots_[sent].ready && !close_after_output_) {
    if (!queue_answer(slots_[sent])) break;
    close_after_output_ = !slots_[sent++].keep_alive;
  }
  if (closed()) return;
  slots_.erase(slots_.begin(), slots_.begin() + static_cast<std::ptrdiff_t>(sent));
  first_sequence_ += sent;
  if (close_after_output_) {
    phase_ = Phase::kStopped;
    slots_.clear();
  }
  if (continue_due_ && slots_.empty() && !close_after_output_) {
    continue_due_ = false;
    output_.add("HTTP/1.1 100 Continue\r\n\r\n", HttpResponse{}, false);
  }
  finish_output();
}

// Queues what has come of an answer; true when that was the rest of it.
bool Http1Connection::queue_answer(Slot& slot) {
  bool complete = !slot.response.more;
  slot.ready = false;
  queue_piece(slot, std::move(slot.response));
  for (HttpResponse& piece : slot.later) {
    complete = !piece.more;
    queue_piece(slot, std::move(piece));
  }
  slot.later.clear();
  slot.later_bytes = 0;
  return complete && !closed();
}

void Http1Connection::queue_piece(Slot& slot, HttpResponse&& piece) {
  if (closed()) return;
  if (output_.empty()) progress_ = context_.now;  // from here on the client is waited for
  if (slot.begun) {
    if (!slot.chunked && piece.broken_off) {  // only a reset tells this client that something is missing
      const ::linger reset{1, 0};
      ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    }
    if (piece.broken_off) return close();
    const std::size_t unsent = output_.unsent_bytes();
    if (unsent > context_.options.max_output_bytes) return cut_off_slow_reader(unsent);
  }
  std::string head;
  if (!slot.begun) {
    slot.begun = true;
    slot.chunked = piece.more && !slot.http_1_0;
    slot.keep_alive = slot.keep_alive && !context_.draining && (slot.chunked || !piece.more);
    slot.with_body = slot.with_body && piece.status != 204 && piece.status != 304;
    head = format_head(piece, {slot.http_1_0, slot.keep_alive, context_.date});
  }
  if (slot.chunked && slot.with_body) {
    output_.add_chunk(std::move(head), std::move(piece));
  } else {
    output_.add(std::move(head), std::move(piece), slot.with_body);
  }
}

// A client that reads more slowly than its answers are made would make us keep all of them.
void Http1Connection::cut_off_slow_reader(std::size_t waiting_bytes) {
  log::warning("cut off a client that reads its answer too slowly",
               {{"waiting_bytes", std::to_string(waiting_bytes)},
                {"max_output_bytes", std::to_string(context_.options.max_output_bytes)}});
  close();
}

void Http1Connection::finish_output() {
  const std::size_t before = output_.unsent_bytes();
  const OutputQueue::Flush flushed = output_.flush(*stream_);
  output_blocked_ = flushed == OutputQueue::Flush::kBlocked;
  if (output_.unsent_bytes() != before) progress_ = context_.now;
  if (flushed == OutputQueue::Flush::kFailed) return close();
  if (!output_.empty()) return;
  if (close_after_output_) {
    linger();
  } else if (input_ended_ && slots_.empty()) {
    close();
  }
}

// Closing with unread input makes the kernel send a reset, which may destroy the answer at the client: so only our side
// is closed, and what still comes is read and dropped for a while.
void Http1Connection::linger() {
  pending_.clear();
  if (input_ended_ || !stream_->end_output()) return close();
  phase_ = Phase::kLingering;
  progress_ = context_.now;
}

void Http1Connection::discard_input() {
  constexpr int kReads = 16;
  for (int i = 0; i < kReads; ++i) {
    const ssize_t got = stream_->read(std::as_writable_bytes(std::span(context_.scratch)));
    if (got == ByteStream::kLater) return;
    if (got <= 0) return close();
  }
}

void Http1Connection::on_end_of_input() {
  input_ended_ = true;
  if (phase_ == Phase::kBody || phase_ == Phase::kCodedBody) {  // a request that will never be complete
    incoming_ = IncomingRequest{};
    coded_.reset();
  }
  phase_ = Phase::kStopped;
  if (slots_.empty() && output_.empty()) return close();
  update_deadline();
}

void Http1Connection::close() {
  phase_ = Phase::kClosed;
  gone_->store(true, std::memory_order_relaxed);
}

void Http1Connection::on_timeout() {
  if (phase_ == Phase::kHead && output_.empty() && !pending_.empty()) {
    reject({408, "the head of the request did not arrive in time"});
  } else if ((phase_ == Phase::kBody || phase_ == Phase::kCodedBody) && output_.empty()) {
    reject({408, "the body of the request did not arrive in time"});
  } else {
    if (output_.empty() && slots_.empty()) stream_->end_output();  // an orderly end, not one in the middle of an answer
    return close();
  }
  send_ready();
  update_deadline();
}

void Http1Connection::update_deadline() {
  const HttpServerOptions& options = context_.options;
  if (stream_->is_opening()) {
    deadline_ = progress_ + options.header_timeout;
  } else if (!output_.empty()) {
    deadline_ = progress_ + options.write_timeout;
  } else if (phase_ == Phase::kLingering) {
    deadline_ = progress_ + options.linger_timeout;
  } else if (phase_ == Phase::kBody || phase_ == Phase::kCodedBody) {
    deadline_ = progress_ + options.body_timeout;
  } else if (!slots_.empty()) {
    deadline_ = SteadyTime::max();  // the handler's turn
  } else if (!pending_.empty()) {
    deadline_ = progress_ + options.header_timeout;
  } else {
    deadline_ = progress_ +
                (context_.draining ? std::min(options.drain_idle_timeout, options.idle_timeout) : options.idle_timeout);
  }
}

}  // namespace tandem::serve
