// SPDX-License-Identifier: Apache-2.0
// Reading: bytes to requests. Writing, closing and time are in http1_output.cpp.
#include "serve/http/http1_connection.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>

#include "base/log.h"

namespace tandem::serve {
namespace {

constexpr int kReadsPerEvent = 16;  // then the other connections have their turn

constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";  // RFC 9113, 3.4

}  // namespace

/// True as long as nothing speaks against it: the preface may come in two pieces.
bool Http1Connection::begins_http2(std::string_view bytes) const {
  if (!first_bytes_ || !context_.options.http2 || bytes.size() < 4) return false;
  return bytes.starts_with(kHttp2Preface.substr(0, bytes.size()));
}

Connection::Handover Http1Connection::take_handover() {
  if (!is_http2_) return {};
  return {std::move(stream_), std::move(pending_)};
}

bool Http1Connection::takes_requests() const {
  return (phase_ == Phase::kHead || phase_ == Phase::kBody || phase_ == Phase::kCodedBody) &&
         slots_.size() < context_.options.max_pipelined && output_.unsent_bytes() < context_.options.max_output_bytes;
}

bool Http1Connection::wants_read() const {
  if (input_ended_) return false;
  return phase_ == Phase::kLingering || takes_requests();
}

void Http1Connection::on_readable() {
  if (phase_ == Phase::kLingering) return discard_input();
  for (int i = 0; i < kReadsPerEvent && wants_read(); ++i) {
    if (phase_ == Phase::kBody) {
      if (!receive_body_in_place()) return;
      continue;
    }
    const ssize_t got = stream_->read(std::as_writable_bytes(std::span(context_.scratch)));
    if (got == ByteStream::kLater) break;
    if (got == ByteStream::kBroken) return close();
    if (got == 0) return on_end_of_input();
    const auto size = static_cast<std::size_t>(got);
    if (pending_.empty()) {
      advance(context_.scratch.data(), size);
    } else {
      std::string joined = std::move(pending_);
      pending_.clear();
      joined.append(context_.scratch.data(), size);
      advance(joined.data(), joined.size());
    }
    if (size < context_.scratch.size() && phase_ != Phase::kBody && !stream_->holds_input())
      break;  // the socket is empty: spare a call
  }
  update_deadline();
}

// False when the loop should wait for the next event.
bool Http1Connection::receive_body_in_place() {
  const auto missing = incoming_.missing();
  const ssize_t got = stream_->read(missing);
  if (got == ByteStream::kBroken) {
    close();
  } else if (got == 0) {
    on_end_of_input();
  } else if (got > 0) {
    progress_ = context_.now;
    incoming_.received += static_cast<std::size_t>(got);
    if (incoming_.missing().empty()) {
      advancing_ = true;
      dispatch();
      advancing_ = false;
      send_ready();
    }
  }
  update_deadline();
  return got > 0 && phase_ == Phase::kBody;
}

void Http1Connection::resume() {
  if (closed() || pending_.empty() || !takes_requests()) return;
  std::string input = std::move(pending_);
  pending_.clear();
  advance(input.data(), input.size());
  update_deadline();
}

// Turns input into requests and ready answers into output until neither moves; what is left over waits in pending_.
void Http1Connection::advance(char* data, std::size_t size) {
  advancing_ = true;
  std::size_t used = 0;
  for (;;) {
    const std::size_t step = consume(data + used, size - used);
    used += step;
    send_ready();
    if (step == 0 || used == size || closed()) break;
  }
  advancing_ = false;
  const bool more_wanted = phase_ == Phase::kHead || phase_ == Phase::kBody || phase_ == Phase::kCodedBody;
  if (used < size && more_wanted) pending_.assign(data + used, size - used);
}

std::size_t Http1Connection::consume(char* data, std::size_t size) {
  std::size_t used = 0;
  while (used < size && takes_requests()) {
    std::size_t step = 0;
    if (phase_ == Phase::kHead) {
      step = take_head(data + used, size - used);
    } else if (phase_ == Phase::kBody) {
      step = take_body(data + used, size - used);
    } else {
      step = take_coded_body(data + used, size - used);
    }
    if (step == 0) break;
    used += step;
  }
  return used;
}

std::size_t Http1Connection::take_head(char* data, std::size_t size) {
  if (begins_http2({data, size})) {
    if (size < kHttp2Preface.size()) return 0;
    is_http2_ = true;
    pending_.assign(data, size);
    close();
    return 0;
  }
  if (head_scanned_ == 0) {
    progress_ = context_.now;
    const std::size_t newlines = count_leading_newlines({data, size});
    if (newlines > 0) return newlines;
    if (size == 1 && data[0] == '\r') return 0;
  }
  const auto end = find_head_end({data, size}, head_scanned_, context_.options.limits);
  if (!end) {
    reject(end.error());
    return 0;
  }
  if (*end == 0) return 0;
  head_scanned_ = 0;
  first_bytes_ = false;
  if (auto parsed = parse_head({data, *end}, context_.options.limits, context_.head); !parsed) {
    reject(std::move(parsed).error());
    return 0;
  }
  begin_body({data, *end});
  return *end;
}

void Http1Connection::begin_body(std::string_view head_bytes) {
  const RequestHead& head = context_.head;
  http_1_0_ = head.http_1_0;
  keep_alive_ = head.keep_alive;
  if (!head.content_encoding.empty() && !is_known_encoding(head.content_encoding)) {
    return reject({501, "header content-encoding: expected gzip, deflate or identity, got " +
                            std::string(head.content_encoding)});
  }
  continue_due_ = head.expect_continue && (head.chunked || head.content_length > 0);
  if (head.chunked || (!head.content_encoding.empty() && head.content_length > 0)) return begin_coded_body(head_bytes);
  if (!place_request(head, head_bytes, static_cast<std::size_t>(head.content_length), incoming_)) {
    return reject({503, "no memory for a body of " + std::to_string(head.content_length) + " bytes"});
  }
  incoming_.request.arrival = progress_;
  if (head.content_length == 0) return dispatch();
  phase_ = Phase::kBody;
}

std::size_t Http1Connection::take_body(const char* data, std::size_t size) {
  const auto missing = incoming_.missing();
  const std::size_t part = std::min(size, missing.size());
  std::memcpy(missing.data(), data, part);
  incoming_.received += part;
  progress_ = context_.now;
  continue_due_ = false;  // the client did not wait
  if (part == missing.size()) dispatch();
  return part;
}

void Http1Connection::begin_coded_body(std::string_view head_bytes) {
  const RequestHead& head = context_.head;
  coded_ = std::make_unique<CodedBody>(CodedBody{std::string(head_bytes),
                                                 std::string(head.content_encoding),
                                                 {},
                                                 head.content_length,
                                                 head.chunked,
                                                 ChunkedDecoder(context_.options.limits.body_bytes)});
  incoming_.request.arrival = progress_;
  phase_ = Phase::kCodedBody;
}

std::size_t Http1Connection::take_coded_body(const char* data, std::size_t size) {
  progress_ = context_.now;
  continue_due_ = false;
  std::size_t used = 0;
  bool done = false;
  if (coded_->chunked) {
    auto fed = coded_->chunks.feed({data, size}, coded_->bytes);
    if (!fed) {
      reject(std::move(fed).error());
      return 0;
    }
    used = *fed;
    done = coded_->chunks.done();
  } else {
    used = static_cast<std::size_t>(std::min<std::uint64_t>(size, coded_->remaining));
    coded_->bytes.append(data, used);
    coded_->remaining -= used;
    done = coded_->remaining == 0;
  }
  if (done) finish_coded_body();
  return used;
}

void Http1Connection::finish_coded_body() {
  const std::unique_ptr<CodedBody> coded = std::move(coded_);
  if (!coded->content_encoding.empty()) {
    auto plain = decompress(coded->content_encoding, coded->bytes, context_.options.limits.body_bytes);
    if (!plain) return reject(std::move(plain).error());
    coded->bytes = std::move(*plain);
  }
  RequestHead& head = context_.head;
  if (auto parsed = parse_head(coded->head, context_.options.limits, head); !parsed) {
    return reject(std::move(parsed).error());
  }
  // The JSON part is measured in the decoded body, whose length the parser could not know.
  for (const auto& [name, value] : head.headers) {
    if (name == "inference-header-content-length" && !parse_decimal(value, head.json_length)) head.json_length = 0;
  }
  if (!place_request(head, coded->head, coded->bytes.size(), incoming_)) {
    return reject({503, "no memory for a body of " + std::to_string(coded->bytes.size()) + " bytes"});
  }
  std::memcpy(incoming_.body, coded->bytes.data(), coded->bytes.size());
  dispatch();
}

void Http1Connection::dispatch() {
  phase_ = keep_alive_ ? Phase::kHead : Phase::kStopped;
  continue_due_ = false;
  Slot slot;
  slot.keep_alive = keep_alive_;
  slot.http_1_0 = http_1_0_;
  slot.with_body = incoming_.request.method != "HEAD";
  const std::uint64_t sequence = first_sequence_ + slots_.size();
  slots_.push_back(std::move(slot));
  HttpRequest request = std::move(incoming_.request);
  request.round = &context_.round;
  request.abandoned = gone_;
  request.client = client_;
  incoming_ = IncomingRequest{};
  Responder respond = make_responder(context_.inbox, id_, sequence);
  try {
    context_.handler.handle(std::move(request), std::move(respond));
  } catch (const std::exception& error) {  // the client gets 500 from the responder that was dropped
    log::error("a request handler threw", {{"what", error.what()}});
  }
}

}  // namespace tandem::serve
