// SPDX-License-Identifier: Apache-2.0
// Facts about what a server lets its owner see: signs of life, and who its clients are.
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <string>

#include "serve/http/server.h"
#include "support/raw_http_client.h"

namespace tandem::serve {
namespace {

constexpr std::string_view kWatchedGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/// Tells the client its own address; stays on the io thread until `gate` opens when it has one.
class Host final : public HttpHandler {
 public:
  void handle(HttpRequest request, Responder respond) override {
    if (gate.valid()) {
      entered.set_value();
      gate.wait();
    }
    HttpResponse response;
    response.text = request.client ? *request.client : "nobody";
    respond(std::move(response));
  }
  std::shared_future<void> gate;
  std::promise<void> entered;
};

TEST(ServerWatch, GivesASignOfLifeWithAndWithoutClients) {
  Host host;
  const auto server = HttpServer::start({}, host).value();
  EXPECT_TRUE(server->responds(std::chrono::seconds(60)));
  RawHttpClient client(server->port());
  EXPECT_EQ(client.ask(kWatchedGet).status, 200);
  EXPECT_TRUE(server->responds(std::chrono::seconds(60)));
}

TEST(ServerWatch, GivesNoneWhileAnIoThreadHangs) {
  Host host;
  std::promise<void> open;
  host.gate = open.get_future().share();
  const auto server = HttpServer::start({}, host).value();
  RawHttpClient client(server->port());
  client.send(kWatchedGet);
  host.entered.get_future().wait();
  EXPECT_FALSE(server->responds(std::chrono::milliseconds(20)));
  open.set_value();
  EXPECT_EQ(client.read_response().status, 200);
  EXPECT_TRUE(server->responds(std::chrono::seconds(60)));
}

TEST(ServerWatch, TellsClientsApartWhenItIsAskedTo) {
  Host host;
  HttpServerOptions options;
  options.note_clients = true;
  const auto server = HttpServer::start(options, host).value();
  RawHttpClient client(server->port());
  EXPECT_EQ(client.ask(kWatchedGet).body.substr(0, 10), "127.0.0.1:");
}

TEST(ServerWatch, DoesNotLookAtClientsOtherwise) {
  Host host;
  const auto server = HttpServer::start({}, host).value();
  RawHttpClient client(server->port());
  EXPECT_EQ(client.ask(kWatchedGet).body, "nobody");
}

}  // namespace
}  // namespace tandem::serve
