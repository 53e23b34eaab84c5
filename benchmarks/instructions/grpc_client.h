// SPDX-License-Identifier: Apache-2.0
// GrpcClient: just enough HTTP/2 to send one gRPC message a call and to see that a whole answer came.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "support/raw_http_client.h"

namespace tandem {

/// One connection, calls one after the other. Header fields are indexed after the first call, as gRPC's clients do.
class GrpcClient final {
 public:
  GrpcClient(std::uint16_t port, std::string_view path, std::string_view message) : socket_(port), message_(1, '\0') {
    append_number(message_, message.size(), 4);
    message_ += message;
    first_fields_ = std::string("\x83\x86") + literal('\x44', {}, path) + literal('\x41', {}, "127.0.0.1") +
                    literal('\x40', "content-type", "application/grpc") + literal('\x40', "te", "trailers");
    socket_.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    socket_.send(frame(kSettings, 0, 0, std::string("\0\x04\x7f\xff\xff\xff", 6)));  // window of a stream
    socket_.send(frame(kWindowUpdate, 0, 0, std::string("\x7f\xff\0\0", 4)));
  }

  /// Bytes of the answer's messages; 0 when the connection ended before the answer did.
  std::size_t call() {
    const std::string_view fields = next_stream_ == 1 ? std::string_view(first_fields_) : "\x83\x86\xc1\xc0\xbf\xbe";
    const std::uint32_t stream = next_stream_;
    next_stream_ += 2;
    socket_.send(frame(kHeaders, kEndHeaders, stream, fields) + frame(kData, kEndStream, stream, message_));
    return read_answer(stream);
  }

 private:
  static constexpr int kData = 0, kHeaders = 1, kSettings = 4, kWindowUpdate = 8;
  static constexpr int kEndStream = 1, kEndHeaders = 4, kAcknowledged = 1;
  static constexpr std::size_t kFrameHead = 9;

  static void append_number(std::string& out, std::size_t number, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 0xFF);
  }
  static std::string frame(int type, int flags, std::uint32_t stream, std::string_view payload) {
    std::string out;
    append_number(out, payload.size(), 3);
    out += static_cast<char>(type);
    out += static_cast<char>(flags);
    append_number(out, stream, 4);
    return out += payload;
  }
  /// HPACK: a literal field that is put into the table; the name by `kind`'s index or spelled out. Below 127 bytes
  /// each.
  static std::string literal(char kind, std::string_view name, std::string_view value) {
    std::string out(1, kind);
    if (!name.empty()) (out += static_cast<char>(name.size())) += name;
    return (out += static_cast<char>(value.size())) += value;
  }
  std::size_t number_at(std::size_t at, int bytes) const {
    std::size_t number = 0;
    for (int i = 0; i < bytes; ++i)
      number = number << 8 | static_cast<unsigned char>(input_[at + static_cast<std::size_t>(i)]);
    return number;
  }
  bool receive(std::size_t size) {
    char piece[4096];
    while (input_.size() < size) {
      const ssize_t got = ::recv(socket_.fd(), piece, sizeof(piece), 0);
      if (got <= 0) return false;
      input_.append(piece, static_cast<std::size_t>(got));
    }
    return true;
  }
  std::size_t read_answer(std::uint32_t stream) {
    std::size_t received = 0;
    while (receive(kFrameHead) && receive(kFrameHead + number_at(0, 3))) {
      const std::size_t size = number_at(0, 3);
      const int type = input_[3];
      const int flags = input_[4];
      const bool ours = number_at(5, 4) == stream;
      input_.erase(0, kFrameHead + size);
      if (type == kSettings && (flags & kAcknowledged) == 0) socket_.send(frame(kSettings, kAcknowledged, 0, ""));
      if (ours && type == kData) received += size;
      if (ours && (type == kData || type == kHeaders) && (flags & kEndStream) != 0) return received;
    }
    return 0;
  }

  RawHttpClient socket_;
  std::string message_;
  std::string first_fields_;
  std::string input_;
  std::uint32_t next_stream_ = 1;
};

}  // namespace tandem
