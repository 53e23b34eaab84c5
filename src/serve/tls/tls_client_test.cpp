// SPDX-License-Identifier: Apache-2.0
// Facts about connections that this program opens: whom they trust, against a server of our own.
#include "serve/tls/tls_client.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cstdlib>

#include "serve/http/server.h"
#include "serve/tls/tls_factory.h"
#include "support/no_handler.h"
#include "support/temp_dir.h"
#include "support/test_certificates.h"

namespace tandem::serve {
namespace {

using ::testing::HasSubstr;

class TlsClientTest : public testing::Test {
 protected:
  TlsClientTest() : identity_("server", TestIdentity::a_year(system_clock().wall()), &authority_) {
    TlsOptions tls;
    tls.certificate = folder_.path() / "server.crt";
    tls.key = folder_.path() / "server.key";
    write_text(tls.certificate, identity_.certificate_pem());
    write_text(tls.key, identity_.key_pem());
    write_text(trusted_, authority_.certificate_pem());
    HttpServerOptions options;
    options.endpoints[0].tls = true;
    options.tls = make_tls_factory(tls).value();
    server_ = HttpServer::start(std::move(options), handler_).value();
  }

  std::unique_ptr<ByteStream> connect() const {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server_->port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    return make_plain_stream(fd);
  }

  /// The first bytes of an answer, or why there is none.
  std::string ask(const std::filesystem::path& authorities, const std::string& host) const {
    const auto factory = make_tls_client_factory({authorities});
    if (!factory) return factory.error().message;
    const auto stream = (*factory)(connect(), host);
    if (!stream) return "no stream";
    const std::string request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    const iovec piece{const_cast<char*>(request.data()), request.size()};
    bool sent = false;
    for (int turn = 0; turn < 1000; ++turn) {
      std::array<char, 12> answer{};
      const ssize_t got = sent ? stream->read(std::as_writable_bytes(std::span(answer))) : stream->write({&piece, 1});
      if (got == ByteStream::kBroken) return stream->problem();
      if (got > 0 && sent) return {answer.data(), static_cast<std::size_t>(got)};
      sent = sent || got > 0;
      pollfd entry{stream->fd(), static_cast<short>(stream->must_write() ? POLLOUT : POLLIN), 0};
      if (got == ByteStream::kLater && ::poll(&entry, 1, 10'000) == 0) return "no answer in time";
    }
    return "no end";
  }

  TempDir folder_;
  std::filesystem::path trusted_ = folder_.path() / "authority.crt";
  TestIdentity authority_{"authority", TestIdentity::a_year(system_clock().wall())};
  TestIdentity identity_;
  NoHandler handler_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(TlsClientTest, SpeaksWithWhomAnAuthorityVouchesFor) {
  EXPECT_EQ(ask(trusted_, "localhost"), "HTTP/1.1 200");
  EXPECT_EQ(ask(trusted_, "127.0.0.1"), "HTTP/1.1 200");
}

TEST_F(TlsClientTest, RefusesTheCertificateOfAnotherName) {
  EXPECT_THAT(ask(trusted_, "collector.example"), HasSubstr("hostname mismatch"));
  EXPECT_THAT(ask(trusted_, "127.0.0.2"), HasSubstr("IP address mismatch"));
}

TEST_F(TlsClientTest, RefusesWhomNobodyVouchesFor) {
  write_text(trusted_, TestIdentity("another", TestIdentity::a_year(system_clock().wall())).certificate_pem());
  EXPECT_THAT(ask(trusted_, "localhost"), HasSubstr("certificate verify failed: unable to get local issuer"));
  EXPECT_THAT(ask("", "localhost"), HasSubstr("certificate verify failed"));
}

TEST_F(TlsClientTest, AFileThatHoldsNoCertificateIsAnError) {
  write_text(trusted_, "nothing");
  EXPECT_THAT(ask(trusted_, "localhost"), HasSubstr("holds no certificate"));
  EXPECT_THAT(ask(folder_.path() / "absent", "localhost"), HasSubstr("absent"));
}

}  // namespace
}  // namespace tandem::serve
