// SPDX-License-Identifier: Apache-2.0
// Tests of a running server that speaks TLS: requests, records, versions, client certificates, timeouts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <thread>

#include "serve/http/server.h"
#include "serve/tls/tls_factory.h"
#include "support/fake_clock.h"
#include "support/raw_http_client.h"
#include "support/temp_dir.h"
#include "support/tls_test_client.h"

namespace tandem::serve {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Answers a body with the same as a tensor behind the text "T", others with their path; /pieces with two.
class EchoHandler final : public HttpHandler {
 public:
  void handle(HttpRequest request, Responder respond) override {
    HttpResponse response;
    if (request.path == "/pieces") {
      HttpResponse first;
      first.text = "one";
      first.more = true;
      respond(std::move(first));
    }
    response.text = request.path;
    if (!request.body.empty()) {
      response.text = "T";
      const Shape shape{static_cast<std::int64_t>(request.body.size())};
      response.tensors.push_back(*Tensor::borrow(DType::kUint8, shape, request.body, request.owner));
    }
    respond(std::move(response));
  }
};

class TlsServerTest : public testing::Test {
 protected:
  TlsServerTest() {
    tls_.certificate = folder_.path() / "server.crt";
    tls_.key = folder_.path() / "server.key";
    tls_.clock = &clock_;
    write_text(tls_.certificate, identity_.certificate_pem());
    write_text(tls_.key, identity_.key_pem());
  }
  void start(int io_threads = 1) {
    HttpServerOptions options;
    options.endpoints[0].tls = true;
    options.tls = make_tls_factory(tls_).value();
    options.io_threads = io_threads;
    options.clock = &clock_;
    options.sweep_interval = std::chrono::milliseconds(2);
    server_ = HttpServer::start(std::move(options), handler_).value();
  }
  std::uint16_t port() const { return server_->port(); }

  TempDir folder_;
  FakeClock clock_;
  const TestIdentity identity_{"localhost", TestIdentity::a_year(clock_.wall())};
  TlsOptions tls_;
  EchoHandler handler_;
  std::unique_ptr<HttpServer> server_;
};

std::string get(const std::string& path, const std::string& headers = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
}
std::string post(const std::string& body) {
  return "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}
std::string ask(TlsTestClient& client, const std::string& path) {
  client.send(get(path));
  client.read_until("\r\n\r\n");
  return client.read_bytes(path.size());
}

TEST_F(TlsServerTest, AnswersOnOneConnectionAgainAndAgain) {
  start();
  TlsTestClient client(port());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(client, "/x"), "/x");
}

TEST_F(TlsServerTest, CarriesLargeBodiesBothWays) {
  start();
  TlsTestClient client(port());
  std::string body(8 << 20, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 7 + i / 4096);
  ASSERT_TRUE(client.send(post(body)));
  EXPECT_THAT(client.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 200 OK"));
  EXPECT_TRUE(client.read_bytes(body.size() + 1).substr(1) == body);
  EXPECT_EQ(ask(client, "/next"), "/next");
}

TEST_F(TlsServerTest, PutsASmallAnswerIntoOneRecord) {
  start();
  TlsTestClient client(port(), {.newest_version = TLS1_2_VERSION});
  client.send(post(std::string(4000, 'x')));
  client.read_until("\r\n\r\n");
  client.read_bytes(4001);
  EXPECT_EQ(client.data_records(), 1);
}

TEST_F(TlsServerTest, SendsPiecesAtOnce) {
  start();
  TlsTestClient client(port());
  client.send(get("/pieces"));
  client.read_until("\r\n\r\n");
  EXPECT_EQ(client.read_until("0\r\n\r\n"), "3\r\none\r\n7\r\n/pieces\r\n0\r\n\r\n");
}

TEST_F(TlsServerTest, AnswersAllPipelinedRequestsOfManyRecords) {
  start();
  TlsTestClient client(port());
  for (int i = 0; i < 300; ++i) client.send(get("/" + std::to_string(1000 + i)));
  for (int i = 0; i < 300; ++i) {
    client.read_until("\r\n\r\n");
    ASSERT_EQ(client.read_bytes(5), "/" + std::to_string(1000 + i));
  }
}

TEST_F(TlsServerTest, ServesManyClientsOnSeveralThreads) {
  start(2);
  std::vector<std::thread> clients;
  for (int t = 0; t < 4; ++t) {
    clients.emplace_back([this] {
      for (int i = 0; i < 20; ++i) {
        TlsTestClient client(port());
        ASSERT_EQ(ask(client, "/x"), "/x");
      }
    });
  }
  for (std::thread& client : clients) client.join();
}

TEST_F(TlsServerTest, EndsWithACloseNotify) {
  start();
  TlsTestClient client(port());
  client.send(get("/x", "Connection: close\r\n"));
  client.read_until("/x");
  EXPECT_TRUE(client.is_ended_by_server());
}

TEST_F(TlsServerTest, IdleClientsGetACloseNotifyToo) {
  start();
  TlsTestClient client(port());
  EXPECT_EQ(ask(client, "/x"), "/x");
  clock_.advance(std::chrono::seconds(76));
  EXPECT_TRUE(client.is_ended_by_server());
}

TEST_F(TlsServerTest, OldVersionsAreRefused) {
  start();
  const TlsTestClient client(port(), {.newest_version = TLS1_1_VERSION, .oldest_version = TLS1_1_VERSION});
  EXPECT_FALSE(client.connected());
}

TEST_F(TlsServerTest, ChoosesHttp1WhereHttp2IsNotSpoken) {
  start();
  const TlsTestClient client(port(), {.alpn = std::string_view("\x02h2\x08http/1.1", 12)});
  EXPECT_EQ(client.alpn(), "http/1.1");
}

TEST_F(TlsServerTest, ChoosesHttp2WhereItIs) {
  tls_.http2 = true;
  start();
  const TlsTestClient client(port(), {.alpn = std::string_view("\x08http/1.1\x02h2", 12)});
  EXPECT_EQ(client.alpn(), "h2");
}

TEST_F(TlsServerTest, ResumesASessionByItsTicket) {
  start();
  TlsTestClient first(port());
  EXPECT_EQ(ask(first, "/x"), "/x");
  SSL_SESSION* session = ::SSL_get1_session(first.ssl());
  TlsTestClient second(port(), {.session = session});
  EXPECT_EQ(ask(second, "/y"), "/y");
  EXPECT_EQ(::SSL_session_reused(second.ssl()), 1);
  ::SSL_SESSION_free(session);
}

TEST_F(TlsServerTest, RefusesToRenegotiate) {
  start();
  TlsTestClient client(port(), {.newest_version = TLS1_2_VERSION});
  ::SSL_renegotiate(client.ssl());
  EXPECT_NE(::SSL_do_handshake(client.ssl()), 1);
}

TEST_F(TlsServerTest, TellsAPlainClientToUseHttps) {
  start();
  RawHttpClient client(port());
  const RawHttpResponse response = client.ask(get("/x"));
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body, "{\"error\":\"this port speaks TLS; ask with https:// instead of http://\"}");
}

TEST_F(TlsServerTest, AHandshakeThatStallsIsEnded) {
  start();
  RawHttpClient client(port());
  client.send("\x16\x03\x01");  // the beginning of a handshake
  while (server_->open_connections() != 1) std::this_thread::yield();
  clock_.advance(std::chrono::seconds(9));
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(server_->open_connections(), 1U);
  clock_.advance(std::chrono::seconds(2));
  EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(TlsServerTest, KnownClientsAreServedWhereCertificatesAreDemanded) {
  const TestIdentity authority("clinic", TestIdentity::a_year(clock_.wall()));
  const TestIdentity known("station 7", TestIdentity::a_year(clock_.wall()), &authority);
  tls_.client_ca = folder_.path() / "clients.crt";
  write_text(tls_.client_ca, authority.certificate_pem());
  start();
  TlsTestClient client(port(), {.identity = &known});
  EXPECT_EQ(ask(client, "/x"), "/x");
}

TEST_F(TlsServerTest, StrangersAreNot) {
  const TestIdentity authority("clinic", TestIdentity::a_year(clock_.wall()));
  const TestIdentity stranger("stranger", TestIdentity::a_year(clock_.wall()));
  tls_.client_ca = folder_.path() / "clients.crt";
  write_text(tls_.client_ca, authority.certificate_pem());
  start();
  TlsTestClient nobody(port());
  EXPECT_EQ(ask(nobody, "/x"), "");
  TlsTestClient other(port(), {.identity = &stranger});
  EXPECT_EQ(ask(other, "/x"), "");
}

}  // namespace
}  // namespace tandem::serve
