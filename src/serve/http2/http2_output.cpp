// SPDX-License-Identifier: Apache-2.0
// Writing: answers to frames, and frames to the socket.
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <memory_resource>

#include "base/log.h"
#include "serve/http/output_queue.h"
#include "serve/http/server.h"
#include "serve/http2/http2_connection.h"

namespace tandem::serve {
namespace {

// The header fields of an answer; the strings that it makes live as long as it does.
class AnswerFields final {
 public:
  explicit AnswerFields(std::size_t expected) : made_(&memory_), fields_(&memory_) {
    made_.reserve(expected), fields_.reserve(expected);
  }
  AnswerFields(const AnswerFields&) = delete;
  AnswerFields& operator=(const AnswerFields&) = delete;

  void add(std::string_view name, std::string_view value) {
    if (value.empty() || !nghttp2_check_header_value(bytes(value), value.size())) return;
    push(name, value, NGHTTP2_NV_FLAG_NONE);
  }
  /// A field that is right, and whose texts live until its frame is made: nghttp2 keeps no copy of them.
  void add_lasting(std::string_view name, std::string_view value) {
    push(name, value, NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE);
  }
  void add_number(std::string_view name, std::size_t number) { add(name, made_.emplace_back(std::to_string(number))); }
  /// Fields of a handler, whose names may be in upper case and may make no sense here.
  void add_all(const std::vector<std::pair<std::string, std::string>>& fields) {
    for (const auto& [name, value] : fields) {
      const std::string_view lower = is_lower(name) ? std::string_view(name) : to_lower(name);
      const bool is_http1 = lower == "connection" || lower == "keep-alive" || lower == "transfer-encoding";
      if (!is_http1 && nghttp2_check_header_name(bytes(lower), lower.size())) add(lower, value);
    }
  }
  const std::pmr::vector<nghttp2_nv>& list() const { return fields_; }

 private:
  static const std::uint8_t* bytes(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }
  static bool is_lower(std::string_view name) {
    return std::none_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  }
  std::string_view to_lower(std::string_view name) {
    std::pmr::string& lower = made_.emplace_back(name);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
    return lower;
  }
  void push(std::string_view name, std::string_view value, std::uint8_t flags) {
    fields_.push_back({const_cast<std::uint8_t*>(bytes(name)), const_cast<std::uint8_t*>(bytes(value)), name.size(),
                       value.size(), flags});
  }

  std::array<std::byte, 1024> stack_;  // enough for the usual answer
  std::pmr::monotonic_buffer_resource memory_{stack_.data(), stack_.size()};
  std::pmr::vector<std::pmr::string> made_;  // never grows past what was reserved: the fields point into it
  std::pmr::vector<nghttp2_nv> fields_;
};

}  // namespace

void Http2Connection::on_response(std::uint64_t sequence, HttpResponse&& response) {
  if (state_ != State::kOpen) return;
  Http2Stream* stream = find(static_cast<std::int32_t>(sequence));
  if (stream == nullptr || stream->answered) return;
  stream->answered = !response.more;
  if (stream->answered && stream->receiving()) stream->input = Http2Stream::Input::kIgnored;
  if (stream->answering) {
    add_piece(*stream, std::move(response));
  } else {
    stream->answering = true;
    const bool with_body = (stream->head == nullptr || stream->head->head.method != "HEAD") && response.status != 204 &&
                           response.status != 304;
    const bool in_one = stream->answered && (!with_body || body_size(response) == 0);
    if (!in_one) stream->trailers = std::move(response.trailers);
    submit_head(*stream, response, !in_one);
    stream->answer_at = context_.now;
    if (!in_one) stream->body.add(std::move(response));
  }
  give_back_window(*stream);
}

void Http2Connection::add_piece(Http2Stream& stream, HttpResponse&& response) {
  if (response.broken_off) return reset(stream, NGHTTP2_INTERNAL_ERROR);
  if (stream.body.size() == 0) stream.answer_at = context_.now;
  if (stream.answered) stream.trailers = std::move(response.trailers);
  stream.body.add(std::move(response));
  // A client whose requests are answered in the same stream is held back instead: its window is not given back.
  const bool can_be_held_back = stream.receiver != nullptr;
  if (stream.body.size() > context_.options.max_output_bytes && !stream.answered && !can_be_held_back) {
    log::warning("cut off a client that reads its answer too slowly",
                 {{"waiting_bytes", std::to_string(stream.body.size())},
                  {"max_output_bytes", std::to_string(context_.options.max_output_bytes)}});
    return reset(stream, NGHTTP2_ENHANCE_YOUR_CALM);
  }
  if (!stream.waiting) return;
  stream.waiting = false;
  nghttp2_session_resume_data(session_, stream.id);
}

void Http2Connection::submit_head(Http2Stream& stream, const HttpResponse& response, bool with_body) {
  const bool is_call = response.more || !stream.trailers.empty();  // nobody caches the answer of a call
  AnswerFields fields(response.headers.size() + response.trailers.size() + 6);
  if (response.status == 200) {
    fields.add_lasting(":status", "200");
  } else {
    fields.add_number(":status", static_cast<std::size_t>(response.status));
  }
  if (!response.content_type.empty()) fields.add_lasting("content-type", response.content_type);
  if (!is_call) {
    fields.add_number("content-length", body_size(response));
    fields.add("date", context_.date);
  }
  if (response.json_length) fields.add_number("inference-header-content-length", *response.json_length);
  fields.add_all(response.headers);
  if (!with_body) fields.add_all(response.trailers);
  nghttp2_data_provider provider{};
  provider.source.ptr = &stream;
  provider.read_callback = [](nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t size, std::uint32_t* flags,
                              nghttp2_data_source* source, void* user) {
    auto& self = *static_cast<Http2Connection*>(user);
    return self.read_answer(*static_cast<Http2Stream*>(source->ptr), size, *flags);
  };
  const auto& list = fields.list();
  if (nghttp2_submit_response(session_, stream.id, list.data(), list.size(), with_body ? &provider : nullptr) != 0) {
    reset(stream, NGHTTP2_INTERNAL_ERROR);
  }
}

ssize_t Http2Connection::read_answer(Http2Stream& stream, std::size_t size, std::uint32_t& flags) {
  const std::size_t available = std::min(size, stream.body.size());
  const bool is_last = stream.answered && available == stream.body.size();
  if (available == 0 && !is_last) {
    stream.waiting = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (!is_last) return static_cast<ssize_t>(available);
  flags |= NGHTTP2_DATA_FLAG_EOF;
  if (!stream.trailers.empty()) {
    AnswerFields fields(stream.trailers.size());
    fields.add_all(stream.trailers);
    flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    nghttp2_submit_trailer(session_, stream.id, fields.list().data(), fields.list().size());
  }
  return static_cast<ssize_t>(available);
}

void Http2Connection::send_answer(Http2Stream& stream, std::string_view frame_head, std::size_t size) {
  frames_.add(frame_head);
  stream.body.take(size, frames_);
  stream.answer_at = context_.now;
  give_back_window(stream);
}

// An answer that came before the end of its request: the client need not send the rest (RFC 9113, 8.1).
void Http2Connection::on_answer_sent(std::int32_t id) {
  const Http2Stream* stream = find(id);
  if (stream != nullptr && stream->input != Http2Stream::Input::kComplete) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_NO_ERROR);
  }
}

void Http2Connection::reset(Http2Stream& stream, std::uint32_t code) {
  stream.answered = true;
  stream.abandon();
  if (stream.receiving()) stream.input = Http2Stream::Input::kIgnored;
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id, code);
}

void Http2Connection::on_writable() {
  if (stream_->must_write()) on_readable();
  if (state_ == State::kOpen) send();
}

// What nghttp2 has to say goes out in one write, as far as the socket takes it.
void Http2Connection::send() {
  while (state_ == State::kOpen) {
    while (frames_.unsent_bytes() < context_.options.max_output_bytes) {
      const std::uint8_t* data = nullptr;
      const ssize_t size = nghttp2_session_mem_send(session_, &data);
      if (size < 0) return close();
      if (size == 0) break;
      frames_.add({reinterpret_cast<const char*>(data), static_cast<std::size_t>(size)});
    }
    if (frames_.empty()) break;
    if (!blocked_) output_at_ = context_.now;
    const std::size_t before = frames_.unsent_bytes();
    const FrameQueue::Flush flushed = frames_.flush(*stream_);
    blocked_ = flushed == FrameQueue::Flush::kBlocked;
    if (frames_.unsent_bytes() != before) output_at_ = context_.now;
    if (flushed == FrameQueue::Flush::kFailed) return close();
    if (blocked_) return;
  }
  const bool is_over = nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0;
  if (state_ == State::kOpen && is_over) linger();
}

// Closing with unread input makes the kernel send a reset, which may destroy the last answer at the client.
void Http2Connection::linger() {
  if (!stream_->end_output()) return close();
  state_ = State::kLingering;
  output_at_ = context_.now;
}

void Http2Connection::discard_input() {
  constexpr int kReads = 16;
  for (int i = 0; i < kReads; ++i) {
    const ssize_t got = stream_->read(std::as_writable_bytes(std::span(context_.scratch)));
    if (got == ByteStream::kLater) return;
    if (got <= 0) return close();
  }
}

}  // namespace tandem::serve
