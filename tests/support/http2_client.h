// SPDX-License-Identifier: Apache-2.0
// Http2Client: the client's end of an HTTP/2 connection, in memory: it makes bytes for a server and reads those that
// come.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem {

struct Http2Answer {
  std::map<std::string, std::string> head;
  std::map<std::string, std::string> trailers;
  std::string body;
  bool has_body = false;  // a DATA frame came
  bool ended = false;     // by the server, in order
  bool closed = false;
  std::uint32_t reset = 0;  // the code of RST_STREAM, when one came
};

class Http2Client final {
 public:
  /// What the client sends of the body of one request; add() and `end` may come later.
  struct Body {
    std::string bytes;
    bool end = true;
  };

  Http2Client() {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_session_client_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
  }
  Http2Client(const Http2Client&) = delete;
  Http2Client& operator=(const Http2Client&) = delete;
  ~Http2Client() { nghttp2_session_del(session_); }

  using Fields = std::vector<std::pair<std::string, std::string>>;

  /// The number of the stream. A body that is not ended is gone on with by send_more().
  std::int32_t request(const std::string& method, const std::string& path, const Fields& more, Body body) {
    Fields fields{{":method", method}, {":scheme", "http"}, {":authority", "test"}, {":path", path}};
    fields.insert(fields.end(), more.begin(), more.end());
    std::vector<nghttp2_nv> list;
    for (const auto& [name, value] : fields) {
      list.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
    }
    nghttp2_data_provider provider{};
    provider.read_callback = read_body;
    const bool is_whole = body.end && body.bytes.empty();
    const std::int32_t id =
        nghttp2_submit_request(session_, nullptr, list.data(), list.size(), is_whole ? nullptr : &provider, nullptr);
    bodies_[id] = std::move(body);
    return id;
  }
  void send_more(std::int32_t id, std::string_view more, bool end) {
    bodies_[id].bytes += more;
    bodies_[id].end = end;
    nghttp2_session_resume_data(session_, id);
  }
  /// Fields after what has been sent of a body that is not ended; `end`: they are the end of the request.
  void send_trailers(std::int32_t id, const std::string& name, const std::string& value, bool end) {
    const nghttp2_nv field{bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
    const std::uint8_t flags = end ? NGHTTP2_FLAG_END_STREAM : NGHTTP2_FLAG_NONE;
    nghttp2_submit_headers(session_, flags, id, nullptr, &field, 1, nullptr);
  }
  void cancel(std::int32_t id) { nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL); }
  void ping() { nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr); }

  /// The bytes to send now.
  std::string output() {
    std::string all;
    const std::uint8_t* data = nullptr;
    for (ssize_t size = 0; (size = nghttp2_session_mem_send(session_, &data)) > 0;) {
      all.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
    }
    return all;
  }
  /// False when the bytes are not HTTP/2.
  bool input(std::string_view received) {
    const auto* data = reinterpret_cast<const std::uint8_t*>(received.data());
    return nghttp2_session_mem_recv(session_, data, received.size()) == static_cast<ssize_t>(received.size());
  }

  std::map<std::int32_t, Http2Answer> answers;
  int goaways = 0;
  std::uint32_t goaway_code = 0;
  std::int32_t goaway_last_stream = 0;
  int pings = 0;

 private:
  static std::uint8_t* bytes(const std::string& text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  }
  static Http2Client& self(void* user) { return *static_cast<Http2Client*>(user); }

  static ssize_t read_body(nghttp2_session*, std::int32_t id, std::uint8_t* into, std::size_t size,
                           std::uint32_t* flags, nghttp2_data_source*, void* user) {
    Body& body = self(user).bodies_[id];
    const std::size_t count = std::min(size, body.bytes.size());
    std::memcpy(into, body.bytes.data(), count);
    body.bytes.erase(0, count);
    if (body.bytes.empty() && body.end) *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (count == 0 && !body.end) return NGHTTP2_ERR_DEFERRED;
    return static_cast<ssize_t>(count);
  }
  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                       const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
    Http2Answer& answer = self(user).answers[frame->hd.stream_id];
    auto& fields = frame->headers.cat == NGHTTP2_HCAT_RESPONSE ? answer.head : answer.trailers;
    fields[std::string(reinterpret_cast<const char*>(name), name_size)] =
        std::string(reinterpret_cast<const char*>(value), value_size);
    return 0;
  }
  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t size,
                     void* user) {
    self(user).answers[id].body.append(reinterpret_cast<const char*>(data), size);
    return 0;
  }
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    Http2Client& client = self(user);
    if (frame->hd.type == NGHTTP2_GOAWAY) {
      ++client.goaways;
      client.goaway_code = frame->goaway.error_code;
      client.goaway_last_stream = frame->goaway.last_stream_id;
    } else if (frame->hd.type == NGHTTP2_PING) {
      ++client.pings;
    } else if (frame->hd.type == NGHTTP2_RST_STREAM) {
      client.answers[frame->hd.stream_id].reset = frame->rst_stream.error_code;
    } else if (frame->hd.type == NGHTTP2_DATA) {
      client.answers[frame->hd.stream_id].has_body = true;
    }
    const bool ends = frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS;
    if (ends && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) client.answers[frame->hd.stream_id].ended = true;
    return 0;
  }
  static int on_close(nghttp2_session*, std::int32_t id, std::uint32_t, void* user) {
    self(user).answers[id].closed = true;
    return 0;
  }

  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, Body> bodies_;
};

}  // namespace tandem
