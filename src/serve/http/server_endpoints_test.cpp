// SPDX-License-Identifier: Apache-2.0
// Tests of where a server is reached: several endpoints, Unix sockets and their files, streams over sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <thread>
#include <utility>

#include "serve/http/server.h"
#include "support/raw_http_client.h"
#include "support/temp_dir.h"

namespace tandem::serve {
namespace {

using ::testing::HasSubstr;

class PathHandler final : public HttpHandler {
 public:
  void handle(HttpRequest request, Responder respond) override {
    HttpResponse response;
    response.text = request.path;
    respond(std::move(response));
  }
};

std::string get_line(const std::string& path) { return "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n"; }

class ServerEndpointsTest : public testing::Test {
 protected:
  Endpoint socket_endpoint() const {
    Endpoint endpoint;
    endpoint.kind = Endpoint::Kind::kUnix;
    endpoint.path = path_;
    return endpoint;
  }
  Result<std::unique_ptr<HttpServer>> start(std::vector<Endpoint> endpoints, int io_threads = 1) {
    HttpServerOptions options;
    options.endpoints = std::move(endpoints);
    options.io_threads = io_threads;
    return HttpServer::start(std::move(options), handler_);
  }
  // What a server leaves behind that was killed.
  void leave_dead_socket() {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof(address.sun_path) - 1);
    ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    ::close(fd);
  }
  mode_t mode_of_socket() const {
    struct stat found{};
    return ::stat(path_.c_str(), &found) == 0 ? found.st_mode & 0777U : 0;
  }

  TempDir folder_;
  const std::filesystem::path path_ = folder_.path() / "server.sock";
  PathHandler handler_;
};

TEST_F(ServerEndpointsTest, AllEndpointsServeTheSame) {
  const auto server = start({Endpoint{}, socket_endpoint(), Endpoint{}}).value();
  EXPECT_NE(server->port(0), server->port(2));
  EXPECT_EQ(server->port(1), 0);
  EXPECT_EQ(RawHttpClient(server->port(0)).ask(get_line("/a")).body, "/a");
  EXPECT_EQ(RawHttpClient(path_).ask(get_line("/b")).body, "/b");
  EXPECT_EQ(RawHttpClient(server->port(2)).ask(get_line("/c")).body, "/c");
}

TEST_F(ServerEndpointsTest, OnlyItsOwnerMayUseASocketUnlessToldOtherwise) {
  {
    const auto server = start({socket_endpoint()}).value();
    EXPECT_EQ(mode_of_socket(), 0600U);
  }
  Endpoint wide = socket_endpoint();
  wide.mode = 0666;
  const auto server = start({wide}).value();
  EXPECT_EQ(mode_of_socket(), 0666U);
}

TEST_F(ServerEndpointsTest, TheSocketsFileGoesWithTheServer) {
  start({socket_endpoint()}).value()->stop();
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(ServerEndpointsTest, AFileThatTookTheSocketsPlaceStays) {
  const auto server = start({socket_endpoint()}).value();
  std::filesystem::remove(path_);
  std::ofstream(path_) << "another's";
  server->stop();
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(ServerEndpointsTest, TheSocketOfAServerThatHasGoneIsReplaced) {
  leave_dead_socket();
  const auto server = start({socket_endpoint()}).value();
  EXPECT_EQ(RawHttpClient(path_).ask(get_line("/a")).body, "/a");
}

TEST_F(ServerEndpointsTest, TheSocketOfALivingServerIsNot) {
  const auto first = start({socket_endpoint()}).value();
  const auto second = start({socket_endpoint()});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kAlreadyExists);
  EXPECT_THAT(second.error().message, HasSubstr("in use by another server"));
  EXPECT_EQ(RawHttpClient(path_).ask(get_line("/a")).body, "/a");
}

TEST_F(ServerEndpointsTest, AFileThatIsNoSocketIsNotTouched) {
  std::ofstream(path_) << "precious";
  const auto server = start({socket_endpoint()});
  ASSERT_FALSE(server);
  EXPECT_THAT(server.error().message, HasSubstr("is not a socket"));
  EXPECT_EQ(std::filesystem::file_size(path_), 8U);
}

TEST_F(ServerEndpointsTest, ALongPathIsRefusedWithTheLimit) {
  Endpoint endpoint = socket_endpoint();
  endpoint.path = folder_.path() / std::string(120, 'x');
  const auto server = start({endpoint});
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, Code::kInvalidArgument);
  EXPECT_THAT(server.error().message, HasSubstr("1 to 107 bytes"));
}

TEST_F(ServerEndpointsTest, AMissingFolderIsNamed) {
  Endpoint endpoint = socket_endpoint();
  endpoint.path = folder_.path() / "no" / "server.sock";
  const auto server = start({endpoint});
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, Code::kNotFound);
  EXPECT_THAT(server.error().message, HasSubstr((folder_.path() / "no").string()));
}

TEST_F(ServerEndpointsTest, SeveralIoThreadsShareASocket) {
  const auto server = start({socket_endpoint()}, 3).value();
  std::vector<std::thread> clients;
  for (int t = 0; t < 8; ++t) {
    clients.emplace_back([this] {
      for (int i = 0; i < 50; ++i) ASSERT_EQ(RawHttpClient(path_).ask(get_line("/a")).body, "/a");
    });
  }
  for (std::thread& client : clients) client.join();
}

TEST_F(ServerEndpointsTest, TlsWithoutAFactoryIsRefused) {
  Endpoint endpoint;
  endpoint.tls = true;
  const auto server = start({endpoint});
  ASSERT_FALSE(server);
  EXPECT_THAT(server.error().message, HasSubstr("needs a certificate and a key"));
}

/// Empties the socket into itself and hands on a few bytes a read, as TLS does with its records. The first read wants
/// to write before it goes on, as a handshake may.
class HoardingStream final : public ByteStream {
 public:
  explicit HoardingStream(std::unique_ptr<ByteStream> socket) : socket_(std::move(socket)) {}
  int fd() const override { return socket_->fd(); }
  ssize_t read(std::span<std::byte> into) override {
    must_write_ = !std::exchange(was_asked_, true);
    if (must_write_) return kLater;
    std::array<std::byte, 4096> part;
    for (ssize_t got = 0; (got = socket_->read(part)) != kLater;) {
      if (got <= 0) return got;
      hoard_.append(reinterpret_cast<const char*>(part.data()), static_cast<std::size_t>(got));
    }
    if (hoard_.empty()) return kLater;
    const std::size_t size = std::min({into.size(), hoard_.size(), std::size_t{10}});
    std::memcpy(into.data(), hoard_.data(), size);
    hoard_.erase(0, size);
    return static_cast<ssize_t>(size);
  }
  ssize_t write(std::span<const iovec> pieces) override { return socket_->write(pieces); }
  bool end_output() override { return socket_->end_output(); }
  bool holds_input() const override { return !hoard_.empty(); }
  bool must_write() const override { return must_write_; }

 private:
  std::unique_ptr<ByteStream> socket_;
  std::string hoard_;
  bool was_asked_ = false;
  bool must_write_ = false;
};

TEST_F(ServerEndpointsTest, InputThatAStreamHoldsIsReadWithoutAnEvent) {
  HttpServerOptions options;
  options.endpoints[0].tls = true;
  options.tls = [](std::unique_ptr<ByteStream> socket) { return std::make_unique<HoardingStream>(std::move(socket)); };
  const auto server = HttpServer::start(std::move(options), handler_).value();
  RawHttpClient client(server->port());
  std::string requests;
  for (int i = 0; i < 200; ++i) requests += get_line("/" + std::to_string(i));
  client.send(requests);
  for (int i = 0; i < 200; ++i) ASSERT_EQ(client.read_response().body, "/" + std::to_string(i));
}

}  // namespace
}  // namespace tandem::serve
