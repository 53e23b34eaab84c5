// SPDX-License-Identifier: Apache-2.0
// Tests of which endpoints come of which flags.
#include "app/serve/listen_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

namespace tandem::app {
namespace {

using ::testing::HasSubstr;

struct Parsed {
  ListenFlags flags;
  serve::ServerOptions options;
  std::string usage_error;  // of the command line
  Status applied;
};

Parsed parse(const std::string& command_line) {
  Parsed parsed;
  CLI::App verb;
  parsed.flags.add_to(verb);
  try {
    verb.parse(command_line);
  } catch (const CLI::ParseError& error) {
    parsed.usage_error = error.what();
    return parsed;
  }
  parsed.applied = parsed.flags.apply_to(parsed.options);
  return parsed;
}

std::vector<int> ports(const Parsed& parsed) {
  std::vector<int> ports;
  for (const serve::Endpoint& endpoint : parsed.options.endpoints) ports.push_back(endpoint.port);
  return ports;
}

TEST(ListenFlags, TheDefaultsAreThePortOfHttpAndTheOneOfGrpc) {
  const Parsed parsed = parse("");
  EXPECT_EQ(ports(parsed), (std::vector<int>{5003, 5004}));
  EXPECT_EQ(parsed.options.grpc_endpoint, 1U);
}

TEST(ListenFlags, AnotherPortHasNoSecondOneBesideIt) {
  EXPECT_EQ(ports(parse("--port 7000")), (std::vector<int>{7000}));
  EXPECT_EQ(ports(parse("--no-grpc")), (std::vector<int>{5003}));
}

TEST(ListenFlags, UnlessOneIsAskedFor) {
  EXPECT_EQ(ports(parse("--port 7000 --grpc-port 7001")), (std::vector<int>{7000, 7001}));
  EXPECT_EQ(ports(parse("--port 0 --grpc-port 0")), (std::vector<int>{0, 0}));
}

TEST(ListenFlags, AGrpcPortAndNoneExcludeEachOther) { EXPECT_NE(parse("--no-grpc --grpc-port 7001").usage_error, ""); }

TEST(ListenFlags, AUnixSocketComesBesideThePorts) {
  const Parsed parsed = parse("--no-grpc --unix /run/tandem.sock --unix-mode 0660");
  ASSERT_EQ(parsed.options.endpoints.size(), 2U);
  EXPECT_EQ(parsed.options.endpoints[1].kind, serve::Endpoint::Kind::kUnix);
  EXPECT_EQ(parsed.options.endpoints[1].path, "/run/tandem.sock");
  EXPECT_EQ(parsed.options.endpoints[1].mode, 0660U);
}

TEST(ListenFlags, AModeIsOctal) {
  EXPECT_THAT(parse("--unix a --unix-mode 0890").usage_error, HasSubstr("octal mode like 0660, got 0890"));
  EXPECT_THAT(parse("--unix a --unix-mode 1777").usage_error, HasSubstr("octal mode"));
}

TEST(ListenFlags, TlsIsForThePortsAndNotForTheSocket) {
  const Parsed parsed = parse("--tls-cert a.crt --tls-key a.key --unix a");
  ASSERT_EQ(parsed.options.endpoints.size(), 3U);
  EXPECT_TRUE(parsed.options.endpoints[0].tls);
  EXPECT_TRUE(parsed.options.endpoints[1].tls);
  EXPECT_FALSE(parsed.options.endpoints[2].tls);
  EXPECT_EQ(parsed.options.tls->certificate, "a.crt");
  EXPECT_EQ(parsed.flags.url(5003), "https://127.0.0.1:5003");
}

TEST(ListenFlags, ACertificateNeedsItsKey) {
  EXPECT_THAT(parse("--tls-cert a.crt").usage_error, HasSubstr("--tls-key"));
  EXPECT_THAT(parse("--tls-client-ca ca.crt").usage_error, HasSubstr("--tls-cert"));
}

TEST(ListenFlags, WrongOriginsAreRefused) {
  EXPECT_TRUE(parse("--cors-origin https://a.example --cors-origin https://b.example").applied);
  EXPECT_FALSE(parse("--cors-origin a.example").applied);
}

}  // namespace
}  // namespace tandem::app
