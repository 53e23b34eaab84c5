// SPDX-License-Identifier: Apache-2.0
// RawHttpClient: a blocking socket that sends exactly the bytes a test wants and reads answers back.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>

namespace tandem {

struct RawHttpResponse {
  int status = 0;  // 0: the connection ended before a whole answer came
  std::string head;
  std::string body;
};

class RawHttpClient final {
 public:
  explicit RawHttpClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connect(reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  }
  /// Over a Unix socket.
  explicit RawHttpClient(const std::filesystem::path& path) : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
    connect(reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  }
  RawHttpClient(const RawHttpClient&) = delete;
  RawHttpClient& operator=(const RawHttpClient&) = delete;
  ~RawHttpClient() { ::close(fd_); }

  int fd() const { return fd_; }
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void finish_sending() { ::shutdown(fd_, SHUT_WR); }

  /// The next answer. `with_body` false for answers to HEAD and for 100 Continue.
  RawHttpResponse read_response(bool with_body = true) {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!receive()) return {};
    }
    RawHttpResponse response;
    response.head = buffer_.substr(0, end + 4);
    response.status = std::atoi(response.head.c_str() + 9);
    const std::size_t length_at = response.head.find("Content-Length: ");
    const std::size_t length = with_body && length_at != std::string::npos
                                   ? std::strtoul(response.head.c_str() + length_at + 16, nullptr, 10)
                                   : 0;
    while (buffer_.size() < end + 4 + length) {
      if (!receive()) return {};
    }
    response.body = buffer_.substr(end + 4, length);
    buffer_.erase(0, end + 4 + length);
    return response;
  }
  RawHttpResponse ask(std::string_view bytes) {
    send(bytes);
    return read_response();
  }
  /// The next bytes, up to and with `end`; "" when the connection ended before.
  std::string read_until(std::string_view end) {
    std::size_t at = 0;
    while ((at = buffer_.find(end)) == std::string::npos) {
      if (!receive()) return "";
    }
    std::string bytes = buffer_.substr(0, at + end.size());
    buffer_.erase(0, bytes.size());
    return bytes;
  }
  /// Whether the server closes without sending more.
  bool is_closed_by_server() {
    if (!buffer_.empty()) return false;
    char byte = 0;
    return ::recv(fd_, &byte, 1, 0) == 0;
  }

 private:
  void connect(const sockaddr* address, socklen_t size) {
    const timeval patience{10, 0};  // a test that waits this long has failed
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (::connect(fd_, address, size) != 0) std::abort();
  }
  bool receive() {
    char part[16 * 1024];
    const ssize_t got = ::recv(fd_, part, sizeof(part), 0);
    if (got <= 0) return false;
    buffer_.append(part, static_cast<std::size_t>(got));
    return true;
  }

  int fd_;
  std::string buffer_;
};

}  // namespace tandem
