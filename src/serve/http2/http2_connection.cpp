// SPDX-License-Identifier: Apache-2.0
// The connection and nghttp2's session: set-up, call-backs, closing and time. Input and output have files of their own.
#include "serve/http2/http2_connection.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "serve/http/peer_name.h"
#include "serve/http/server.h"

namespace tandem::serve {

/// nghttp2 calls these from inside nghttp2_session_mem_recv and nghttp2_session_mem_send.
struct Http2Callbacks {
  static Http2Connection& self(void* user) { return *static_cast<Http2Connection*>(user); }
  static std::string_view text(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
  }
  static bool is_request(const nghttp2_frame& frame) {
    return frame.hd.type == NGHTTP2_HEADERS && frame.headers.cat == NGHTTP2_HCAT_REQUEST;
  }

  static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if (is_request(*frame)) {
      self(user).on_fields_begin(frame->hd.stream_id);
    } else {
      self(user).has_bad_trailer_ = false;
    }
    return 0;
  }

  static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                    const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
    Http2Connection& connection = self(user);
    if (is_request(*frame)) {
      connection.on_field(text(name, name_size), text(value, value_size));
    } else if (!is_trailer_field(text(name, name_size), text(value, value_size))) {
      connection.has_bad_trailer_ = true;
    }
    return 0;
  }

  static int frame_received(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    Http2Connection& connection = self(user);
    const bool is_whole = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    switch (frame->hd.type) {
      case NGHTTP2_HEADERS:
        if (is_request(*frame)) {
          connection.on_fields_end(frame->hd.stream_id, is_whole);
          break;
        }
        if (connection.refuse_trailers(frame->hd.stream_id, is_whole)) break;
        [[fallthrough]];  // trailers end the body as its last frame does
      case NGHTTP2_DATA:
        if (Http2Stream* stream = is_whole ? connection.find(frame->hd.stream_id) : nullptr) {
          connection.on_body_end(*stream);
        }
        break;
      case NGHTTP2_SETTINGS: connection.greeted_ = true; break;
      case NGHTTP2_PING: connection.on_ping((frame->hd.flags & NGHTTP2_FLAG_ACK) != 0); break;
      default: break;
    }
    return 0;
  }

  static int data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t size,
                  void* user) {
    self(user).on_body(id, text(bytes, size));
    return 0;
  }

  static int stream_closed(nghttp2_session*, std::int32_t id, std::uint32_t, void* user) {
    self(user).on_stream_closed(id);
    return 0;
  }

  static int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    const bool is_answer = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (is_answer && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) self(user).on_answer_sent(frame->hd.stream_id);
    return 0;
  }

  static ssize_t read_length(nghttp2_session*, std::uint8_t, std::int32_t, std::int32_t connection_window,
                             std::int32_t stream_window, std::uint32_t max_frame, void*) {
    return std::min<ssize_t>({connection_window, stream_window, static_cast<ssize_t>(max_frame)});
  }

  static int send_data(nghttp2_session*, nghttp2_frame*, const std::uint8_t* frame_head, std::size_t size,
                       nghttp2_data_source* source, void* user) {
    constexpr std::size_t kFrameHeadBytes = 9;
    self(user).send_answer(*static_cast<Http2Stream*>(source->ptr), text(frame_head, kFrameHeadBytes), size);
    return 0;
  }
};

namespace {

nghttp2_mem calls_of(FrameMemory& memory) {
  nghttp2_mem calls{};
  calls.mem_user_data = &memory;
  calls.malloc = [](std::size_t size, void* user) { return static_cast<FrameMemory*>(user)->take(size); };
  calls.free = [](void* piece, void* user) { static_cast<FrameMemory*>(user)->give_back(piece); };
  calls.calloc = [](std::size_t count, std::size_t size, void* user) {
    return static_cast<FrameMemory*>(user)->take_zeroed(count, size);
  };
  calls.realloc = [](void* piece, std::size_t size, void* user) {
    return static_cast<FrameMemory*>(user)->resize(piece, size);
  };
  return calls;
}

nghttp2_session* make_session(Http2Connection* connection, const Http2Options& options, FrameMemory& memory) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_option* option = nullptr;
  nghttp2_session* session = nullptr;
  CHECK(nghttp2_session_callbacks_new(&callbacks) == 0 && nghttp2_option_new(&option) == 0);
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, Http2Callbacks::begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, Http2Callbacks::header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Http2Callbacks::frame_received);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Http2Callbacks::data);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Http2Callbacks::stream_closed);
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, Http2Callbacks::frame_sent);
  nghttp2_session_callbacks_set_data_source_read_length_callback(callbacks, Http2Callbacks::read_length);
  nghttp2_session_callbacks_set_send_data_callback(callbacks, Http2Callbacks::send_data);
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_option_set_no_closed_streams(option, 1);
  nghttp2_option_set_no_http_messaging(option, 1);  // see HeadRules
  nghttp2_option_set_stream_reset_rate_limit(option, options.reset_burst, options.resets_per_second);
  nghttp2_mem calls = calls_of(memory);  // copied
  CHECK(nghttp2_session_server_new3(&session, callbacks, connection, option, &calls) == 0);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  return session;
}

}  // namespace

Http2Connection::Http2Connection(Handover client, std::uint64_t id, LoopContext& context, const Http2Options& options)
    : context_(context),
      options_(options),
      stream_(std::move(client.stream)),
      input_(std::move(client.input)),
      id_(id),
      session_(make_session(this, options, memory_)),
      input_at_(context.now),
      output_at_(context.now) {
  if (context.options.note_clients) client_ = std::make_shared<const std::string>(peer_name(stream_->fd()));
  const auto head_bytes = static_cast<std::uint32_t>(context.options.limits.head_bytes);
  const std::array<nghttp2_settings_entry, 5> settings{{
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, options.max_streams},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options.stream_window_bytes},
      {NGHTTP2_SETTINGS_MAX_FRAME_SIZE, options.max_frame_bytes},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, head_bytes},
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},  // deprecated by RFC 9113, and a tree to keep for each request
  }};
  CHECK(nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size()) == 0);
  CHECK(nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0,
                                              static_cast<std::int32_t>(options.connection_window_bytes)) == 0);
}

Http2Connection::~Http2Connection() {
  close();
  nghttp2_session_del(session_);
}

// Frames and fields of one stream come one after the other.
Http2Stream* Http2Connection::find(std::int32_t id) {
  if (latest_ != nullptr && latest_->id == id) return latest_;
  const auto found = streams_.find(id);
  if (found == streams_.end()) return nullptr;
  latest_ = found->second.get();
  return latest_;
}

void Http2Connection::on_stream_closed(std::int32_t id) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  found->second->abandon();
  if (latest_ == found->second.get()) latest_ = nullptr;
  Streams::node_type ended = streams_.extract(found);  // first: its receiver may answer when it goes
  if (spare_.size() == kMaxSpare) return;
  ended.mapped()->end();
  spare_.push_back(std::move(ended));
}

void Http2Connection::close() {
  state_ = State::kClosed;
  for (const auto& [id, stream] : streams_) stream->abandon();
}

SteadyTime Http2Connection::deadline() const {
  const HttpServerOptions& server = context_.options;
  if (state_ == State::kLingering) return output_at_ + server.linger_timeout;
  SteadyTime first = SteadyTime::max();
  const auto consider = [&first](SteadyTime time) { first = std::min(first, time); };
  if (!frames_.empty()) consider(output_at_ + server.write_timeout);
  if (!greeted_) consider(input_at_ + server.header_timeout);
  if (context_.draining && !refusing_) consider(probed_at_ + server.drain_idle_timeout);
  if (streams_.empty()) {
    const auto idle =
        context_.draining ? std::min(server.drain_idle_timeout, server.idle_timeout) : server.idle_timeout;
    consider(std::max(input_at_, output_at_) + idle);
    return first;
  }
  consider(probing_ ? probed_at_ + options_.keepalive_timeout : input_at_ + options_.keepalive_interval);
  for (const auto& [id, stream] : streams_) consider(due(*stream));
  return first;
}

void Http2Connection::on_timeout() {
  const HttpServerOptions& server = context_.options;
  const SteadyTime now = context_.now;
  const bool stuck = !frames_.empty() && output_at_ + server.write_timeout <= now;
  const bool silent = !greeted_ && input_at_ + server.header_timeout <= now;
  const bool dead = probing_ && !streams_.empty() && probed_at_ + options_.keepalive_timeout <= now;
  if (state_ == State::kLingering || stuck || silent || dead) return close();
  if (context_.draining && !refusing_ && probed_at_ + server.drain_idle_timeout <= now) refuse_later_streams();
  if (streams_.empty()) {
    if (deadline() <= now) nghttp2_session_terminate_session(session_, NGHTTP2_NO_ERROR);
  } else {
    time_out_streams();
    if (!probing_ && input_at_ + options_.keepalive_interval <= now) probe();
  }
  send();
}

SteadyTime Http2Connection::due(const Http2Stream& stream) const {
  const HttpServerOptions& server = context_.options;
  SteadyTime first = SteadyTime::max();
  if (stream.input == Http2Stream::Input::kFields) first = stream.progress + server.header_timeout;
  const bool waits = stream.receiver != nullptr && (stream.receiver->may_pause() || stream.held_back > 0);
  if (stream.receiving() && !waits) first = std::min(first, stream.progress + server.body_timeout);
  if (stream.body.size() > 0) first = std::min(first, stream.answer_at + server.write_timeout);
  return first;
}

void Http2Connection::time_out_streams() {
  for (const auto& [id, stream] : streams_) {
    if (due(*stream) > context_.now) continue;
    const bool can_answer = stream->input != Http2Stream::Input::kFields && !stream->answering && !stream->receiver;
    if (can_answer) {
      reject(*stream, {408, "the body of the request did not arrive in time"});
    } else {
      reset(*stream, NGHTTP2_CANCEL);
    }
  }
}

// Whether the client is still there: it must answer.
void Http2Connection::probe() {
  if (nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr) != 0) return close();
  probing_ = true;
  probed_at_ = context_.now;
}

void Http2Connection::on_ping(bool is_answer) {
  if (!is_answer) {
    if (++pings_ > options_.max_pings) nghttp2_session_terminate_session(session_, NGHTTP2_ENHANCE_YOUR_CALM);
    return;
  }
  probing_ = false;
  if (context_.draining) refuse_later_streams();
}

// In two steps (RFC 9113, 6.8): a first GOAWAY that refuses nothing, so that no request that is under way already is
// lost; and when the client has answered a PING behind it, one that names the last stream.
void Http2Connection::on_drain() {
  if (state_ != State::kOpen) return;
  nghttp2_submit_shutdown_notice(session_);
  probe();
  for (const auto& [id, stream] : streams_) {
    if (stream->receiver) stream->receiver->on_drain();
  }
  send();
}

void Http2Connection::refuse_later_streams() {
  if (refusing_) return;
  refusing_ = true;
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_),
                        NGHTTP2_NO_ERROR, nullptr, 0);
}

Http2Factory make_http2_factory(Http2Options options) {
  return [options](Connection::Handover client, std::uint64_t id, LoopContext& context) {
    return std::make_unique<Http2Connection>(std::move(client), id, context, options);
  };
}

}  // namespace tandem::serve
