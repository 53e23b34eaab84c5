// SPDX-License-Identifier: Apache-2.0
// The least that a request can cost: one epoll loop that finds head and body and sends the same answer to everyone.
//
//   serve_floor PORT [ANSWER_BYTES]       one read and one write a request; nothing is checked. Only for comparison.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>

namespace {

int listen_on(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 || ::listen(fd, 1024) != 0) {
    std::perror("serve_floor");
    std::exit(1);
  }
  return fd;
}

/// Bytes of the first request in `input`; 0 while it is not complete.
std::size_t request_size(std::string_view input) {
  const std::size_t head = input.find("\r\n\r\n");
  if (head == std::string_view::npos) return 0;
  constexpr std::string_view kLength = "Content-Length: ";
  const std::size_t at = input.substr(0, head).find(kLength);
  const std::size_t body =
      at == std::string_view::npos ? 0 : std::strtoul(input.data() + at + kLength.size(), nullptr, 10);
  return input.size() >= head + 4 + body ? head + 4 + body : 0;
}

class Loop final {
 public:
  Loop(int listener, std::string answer) : listener_(listener), answer_(std::move(answer)) { watch(listener_); }

  [[noreturn]] void run() {
    std::array<epoll_event, 128> events;
    for (;;) {
      const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) handle(events[static_cast<std::size_t>(i)].data.fd);
    }
  }

 private:
  void watch(int fd) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  void handle(int fd) {
    if (fd != listener_) return serve(fd);
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
    if (client < 0) return;
    const int on = 1;
    ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    watch(client);
  }

  void serve(int fd) {
    const ssize_t got = ::recv(fd, buffer_.data(), buffer_.size(), 0);
    if (got <= 0) {
      input_.erase(fd);
      ::close(fd);
      return;
    }
    std::string& input = input_[fd];
    input.append(buffer_.data(), static_cast<std::size_t>(got));
    std::string output;
    while (const std::size_t size = request_size(input)) {
      input.erase(0, size);
      output += answer_;
    }
    // A client that does not take an answer of this size at once is none that is measured.
    if (!output.empty() && ::send(fd, output.data(), output.size(), MSG_NOSIGNAL) < 0) ::shutdown(fd, SHUT_RDWR);
  }

  const int listener_;
  const std::string answer_;
  const int epoll_ = ::epoll_create1(0);
  std::array<char, 65536> buffer_{};
  std::unordered_map<int, std::string> input_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: serve_floor PORT [ANSWER_BYTES]\n");
    return 2;
  }
  const std::size_t size = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 256;
  std::string answer = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: ";
  answer += std::to_string(size) + "\r\n\r\n" + std::string(size, '\0');
  Loop(listen_on(static_cast<std::uint16_t>(std::atoi(argv[1]))), std::move(answer)).run();
}
