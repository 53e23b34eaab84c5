// SPDX-License-Identifier: Apache-2.0
// Reading: frames to requests.
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <cstring>
#include <exception>

#include "base/log.h"
#include "serve/http/body_decoder.h"
#include "serve/http/server.h"
#include "serve/http/status.h"
#include "serve/http2/http2_connection.h"

namespace tandem::serve {
namespace {

constexpr int kReadsPerEvent = 16;  // then the other connections have their turn

// False when the call threw, which is a bug, but not one of this connection.
template <typename Call>
bool guarded(const Call& call) {
  try {
    call();
    return true;
  } catch (const std::exception& error) {
    log::error("a request handler threw", {{"what", error.what()}});
    return false;
  }
}

}  // namespace

bool Http2Connection::wants_read() const {
  if (state_ == State::kClosed) return false;
  return state_ == State::kLingering || frames_.unsent_bytes() < context_.options.max_output_bytes;
}

void Http2Connection::on_readable() {
  if (state_ == State::kLingering) return discard_input();
  for (int i = 0; i < kReadsPerEvent && wants_read(); ++i) {
    const ssize_t got = stream_->read(std::as_writable_bytes(std::span(context_.scratch)));
    if (got == ByteStream::kLater) break;
    if (got <= 0) return close();
    const auto size = static_cast<std::size_t>(got);
    take_input({context_.scratch.data(), size});
    if (state_ != State::kOpen) return;
    if (size < context_.scratch.size() && !stream_->holds_input()) break;  // the socket is empty: spare a call
  }
  send();
}

void Http2Connection::resume() {
  if (state_ != State::kOpen) return;
  if (!input_.empty()) {
    const std::string input = std::move(input_);
    input_.clear();
    take_input(input);
    if (state_ == State::kOpen && context_.draining) on_drain();
  }
  send();
}

void Http2Connection::take_input(std::span<const char> bytes) {
  input_at_ = context_.now;
  advancing_ = true;
  const ssize_t used =
      nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  advancing_ = false;
  if (used != static_cast<ssize_t>(bytes.size())) close();  // no HTTP/2 at all, or a flood
}

void Http2Connection::on_fields_begin(std::int32_t id) {
  heads_.begin();
  latest_ = open_stream(id);
  latest_->id = id;
  latest_->arrival = context_.now;
  latest_->progress = context_.now;
  pings_ = 0;
}

Http2Stream* Http2Connection::open_stream(std::int32_t id) {
  if (spare_.empty()) return (streams_[id] = std::make_unique<Http2Stream>()).get();
  Streams::node_type node = std::move(spare_.back());
  spare_.pop_back();
  node.key() = id;
  return streams_.insert(std::move(node)).position->second.get();
}

void Http2Connection::on_field(std::string_view name, std::string_view value) {
  heads_.add(name, value, context_.options.limits);
}

void Http2Connection::on_fields_end(std::int32_t id, bool is_whole) {
  Http2Stream* stream = find(id);
  if (stream == nullptr) return;
  stream->progress = context_.now;
  auto head = heads_.end(context_.options.limits);
  if (!head) {
    if (head.error().is_malformed) return reset(*stream, NGHTTP2_PROTOCOL_ERROR);
    reject(*stream, head.error().rejection);
    if (is_whole) on_body_end(*stream);
    return;
  }
  stream->head = std::move(*head);
  begin_body(*stream, is_whole);
}

HttpRequest Http2Connection::describe(const Http2Stream& stream) const {
  const RequestHead& head = stream.head->head;
  HttpRequest request;
  request.method = head.method;
  request.path = head.path;
  request.query = head.query;
  request.headers = head.headers;
  request.owner = stream.head;
  request.arrival = stream.arrival;
  request.abandoned = stream.abandoned;
  request.client = client_;
  request.round = &context_.round;
  return request;
}

void Http2Connection::begin_body(Http2Stream& stream, bool is_whole) {
  const RequestHead& head = stream.head->head;
  if (!head.content_encoding.empty() && !is_known_encoding(head.content_encoding)) {
    return reject(stream, {501, "header content-encoding: expected gzip, deflate or identity, got " +
                                    std::string(head.content_encoding)});
  }
  HttpRequest request = describe(stream);
  if (!stream.head->is_streamed) {
    stream.head->is_streamed = head.content_encoding.empty() && context_.handler.takes_stream(request);
  }
  if (*stream.head->is_streamed) {
    stream.input = Http2Stream::Input::kReceiver;
    const bool opened = guarded([&] {
      stream.receiver = context_.handler.open(
          std::move(request), make_responder(context_.inbox, id_, static_cast<std::uint64_t>(stream.id)));
    });
    if (!opened) return;  // the client gets 500 from the responder that was dropped
    if (is_whole) on_body_end(stream);
    return;
  }
  if (!head.content_encoding.empty() || (head.content_length == 0 && !is_whole)) {
    stream.input = Http2Stream::Input::kGathered;
    if (is_whole) on_body_end(stream);
    return;
  }
  if (!place_request(head, stream.head->text(), static_cast<std::size_t>(head.content_length), stream.incoming)) {
    return reject(stream, {503, "no memory for a body of " + std::to_string(head.content_length) + " bytes"});
  }
  stream.input = Http2Stream::Input::kInPlace;
  if (is_whole) on_body_end(stream);
}

// Fields after the body end the request, and are none of its head (RFC 9113, 8.1).
bool Http2Connection::refuse_trailers(std::int32_t id, bool is_whole) {
  if (is_whole && !has_bad_trailer_) return false;
  if (Http2Stream* stream = find(id)) reset(*stream, NGHTTP2_PROTOCOL_ERROR);
  return true;
}

void Http2Connection::on_body(std::int32_t id, std::string_view bytes) {
  nghttp2_session_consume_connection(session_, bytes.size());
  Http2Stream* stream = find(id);
  if (stream == nullptr || bytes.empty()) return;
  stream->progress = context_.now;
  stream->held_back += bytes.size();
  stream->body_bytes += bytes.size();
  if (stream->breaks_promise(false)) reset(*stream, NGHTTP2_PROTOCOL_ERROR);
  if (stream->input == Http2Stream::Input::kInPlace) {
    const auto missing = stream->incoming.missing();
    std::memcpy(missing.data(), bytes.data(), bytes.size());  // not more than content-length
    stream->incoming.received += bytes.size();
  } else if (stream->input == Http2Stream::Input::kGathered) {
    stream->gathered += bytes;
    const std::uint64_t limit = context_.options.limits.body_bytes;
    if (stream->gathered.size() > limit) {
      reject(*stream, {413, "the body is larger than the limit of " + std::to_string(limit) + " bytes"});
    }
  } else if (stream->input == Http2Stream::Input::kReceiver && stream->receiver) {
    if (!guarded([&] { stream->receiver->on_data(std::as_bytes(std::span(bytes))); })) {
      return reset(*stream, NGHTTP2_INTERNAL_ERROR);
    }
  }
  give_back_window(*stream);
}

// The client may send on only when the handler wants more and takes the answers that it has.
void Http2Connection::give_back_window(Http2Stream& stream) {
  if (stream.held_back == 0) return;
  const bool receiver_is_full = stream.receiver != nullptr && stream.receiving() && !stream.receiver->takes_more();
  if (receiver_is_full || stream.body.size() > context_.options.max_output_bytes / 2) return;
  nghttp2_session_consume_stream(session_, stream.id, stream.held_back);
  stream.held_back = 0;
  stream.progress = context_.now;
}

void Http2Connection::on_body_end(Http2Stream& stream) {
  if (stream.breaks_promise(true) && stream.receiving()) reset(stream, NGHTTP2_PROTOCOL_ERROR);
  const Http2Stream::Input input = stream.input;
  stream.input = Http2Stream::Input::kComplete;
  if (input == Http2Stream::Input::kReceiver) {
    if (stream.receiver && !guarded([&] { stream.receiver->on_end(); })) reset(stream, NGHTTP2_INTERNAL_ERROR);
  } else if (input == Http2Stream::Input::kInPlace) {
    dispatch(stream);
  } else if (input == Http2Stream::Input::kGathered && finish_gathered(stream)) {
    dispatch(stream);
  }
}

bool Http2Connection::finish_gathered(Http2Stream& stream) {
  const RequestHead& head = stream.head->head;
  std::string body = std::move(stream.gathered);
  if (!head.content_encoding.empty() && !body.empty()) {
    auto plain = decompress(head.content_encoding, body, context_.options.limits.body_bytes);
    if (!plain) {
      reject(stream, plain.error());
      return false;
    }
    body = std::move(*plain);
  }
  if (!place_request(head, stream.head->text(), body.size(), stream.incoming)) {
    reject(stream, {503, "no memory for a body of " + std::to_string(body.size()) + " bytes"});
    return false;
  }
  if (!body.empty()) std::memcpy(stream.incoming.body, body.data(), body.size());
  return true;
}

void Http2Connection::dispatch(Http2Stream& stream) {
  HttpRequest request = std::move(stream.incoming.request);
  request.arrival = stream.arrival;
  request.abandoned = stream.abandoned;
  request.client = client_;
  request.round = &context_.round;
  guarded([&] {
    context_.handler.handle(std::move(request),
                            make_responder(context_.inbox, id_, static_cast<std::uint64_t>(stream.id)));
  });
}

void Http2Connection::reject(Http2Stream& stream, const Rejection& rejection) {
  if (stream.receiving()) stream.input = Http2Stream::Input::kIgnored;
  stream.gathered = {};
  on_response(static_cast<std::uint64_t>(stream.id), error_response(rejection.status, rejection.message));
}

}  // namespace tandem::serve
