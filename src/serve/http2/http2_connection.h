// SPDX-License-Identifier: Apache-2.0
// Http2Connection: one client that speaks HTTP/2, on its loop's thread. nghttp2 knows frames and HPACK; this is what
// they mean to a server.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "serve/http/connection.h"
#include "serve/http2/answer_queue.h"
#include "serve/http2/frame_memory.h"
#include "serve/http2/head_memory.h"
#include "serve/http2/http2.h"
#include "serve/http2/http2_stream.h"

struct nghttp2_session;  // nghttp2/nghttp2.h

namespace tandem::serve {

class Http2Connection final : public Connection {
 public:
  /// A delivery's sequence is the number of its stream.
  Http2Connection(Handover client, std::uint64_t id, LoopContext& context, const Http2Options& options);
  ~Http2Connection() override;

  int fd() const override { return stream_->fd(); }
  bool closed() const override { return state_ == State::kClosed; }
  bool is_advancing() const override { return advancing_; }
  bool wants_read() const override;
  bool holds_input() const override { return stream_->holds_input(); }
  bool wants_write() const override { return blocked_ || (state_ != State::kClosed && stream_->must_write()); }
  SteadyTime deadline() const override;

  void on_readable() override;
  void on_writable() override;
  void on_hang_up() override { close(); }
  void on_timeout() override;
  void on_drain() override;
  void on_response(std::uint64_t sequence, HttpResponse&& response) override;
  void resume() override;

 private:
  friend struct Http2Callbacks;  // how nghttp2 calls back
  enum class State {
    kOpen,
    kLingering,  // all is sent; waiting for the client to close
    kClosed,
  };

  Http2Stream* find(std::int32_t id);

  // Input: http2_input.cpp.
  void take_input(std::span<const char> bytes);
  void on_fields_begin(std::int32_t id);
  Http2Stream* open_stream(std::int32_t id);
  void on_field(std::string_view name, std::string_view value);
  void on_fields_end(std::int32_t id, bool is_whole);
  bool refuse_trailers(std::int32_t id, bool is_whole);
  void on_body(std::int32_t id, std::string_view bytes);
  void on_body_end(Http2Stream& stream);
  void on_ping(bool is_answer);
  void on_answer_sent(std::int32_t id);
  void on_stream_closed(std::int32_t id);
  void begin_body(Http2Stream& stream, bool is_whole);
  void open_receiver(Http2Stream& stream);
  bool finish_gathered(Http2Stream& stream);
  HttpRequest describe(const Http2Stream& stream) const;
  void dispatch(Http2Stream& stream);
  void reject(Http2Stream& stream, const Rejection& rejection);
  void give_back_window(Http2Stream& stream);

  // Output: http2_output.cpp.
  void submit_head(Http2Stream& stream, const HttpResponse& response, bool with_body);
  ssize_t read_answer(Http2Stream& stream, std::size_t size, std::uint32_t& flags);
  void send_answer(Http2Stream& stream, std::string_view frame_head, std::size_t size);
  void add_piece(Http2Stream& stream, HttpResponse&& response);
  void reset(Http2Stream& stream, std::uint32_t code);
  void send();
  void linger();
  void discard_input();
  void refuse_later_streams();
  SteadyTime due(const Http2Stream& stream) const;
  void time_out_streams();
  void probe();
  void close();

  LoopContext& context_;
  const Http2Options options_;
  std::unique_ptr<ByteStream> stream_;
  std::string input_;  // what came before the loop knew this connection
  const std::uint64_t id_;
  std::shared_ptr<const std::string> client_;  // HttpRequest::client
  FrameMemory memory_;
  HeadMemory heads_;
  nghttp2_session* session_ = nullptr;
  using Streams = std::unordered_map<std::int32_t, std::unique_ptr<Http2Stream>>;
  static constexpr std::size_t kMaxSpare = 8;
  Streams streams_;
  std::vector<Streams::node_type> spare_;  // streams that have ended, for the next requests
  Http2Stream* latest_ = nullptr;          // that find() has found
  FrameQueue frames_;
  State state_ = State::kOpen;
  bool advancing_ = false;
  bool blocked_ = false;          // the socket takes no more for now
  bool greeted_ = false;          // the client's first frame, its SETTINGS, has come
  bool probing_ = false;          // a PING of ours is not answered yet
  bool has_bad_trailer_ = false;  // among the fields after a body that are coming
  bool refusing_ = false;         // the last GOAWAY is submitted: later streams are not taken
  std::size_t pings_ = 0;         // of the client since its last request
  SteadyTime input_at_{};         // when bytes came
  SteadyTime output_at_{};        // when the socket took bytes, or got some to take
  SteadyTime probed_at_{};
};

}  // namespace tandem::serve
