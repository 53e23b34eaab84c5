// SPDX-License-Identifier: Apache-2.0
// recv and sendmsg.
#include "serve/http/byte_stream.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace tandem::serve {
namespace {

class PlainStream final : public ByteStream {
 public:
  explicit PlainStream(int fd) : fd_(fd) {}
  PlainStream(const PlainStream&) = delete;
  PlainStream& operator=(const PlainStream&) = delete;
  ~PlainStream() override { ::close(fd_); }

  int fd() const override { return fd_; }

  ssize_t read(std::span<std::byte> into) override {
    for (;;) {
      const ssize_t got = ::recv(fd_, into.data(), into.size(), 0);
      if (got >= 0 || errno != EINTR) return got >= 0 ? got : reason();
    }
  }

  ssize_t write(std::span<const iovec> pieces) override {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces.data());
    message.msg_iovlen = pieces.size();
    for (;;) {
      const ssize_t sent = ::sendmsg(fd_, &message, MSG_NOSIGNAL);
      if (sent >= 0 || errno != EINTR) return sent >= 0 ? sent : reason();
    }
  }

  bool end_output() override { return ::shutdown(fd_, SHUT_WR) == 0; }

 private:
  static ssize_t reason() { return errno == EAGAIN || errno == EWOULDBLOCK ? kLater : kBroken; }

  int fd_;
};

}  // namespace

std::unique_ptr<ByteStream> make_plain_stream(int fd) { return std::make_unique<PlainStream>(fd); }

}  // namespace tandem::serve
