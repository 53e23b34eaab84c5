// SPDX-License-Identifier: Apache-2.0
// Tests of how the factory follows the files.
#include "serve/tls/tls_factory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/log.h"
#include "serve/http/server.h"
#include "support/fake_clock.h"
#include "support/no_handler.h"
#include "support/temp_dir.h"
#include "support/tls_test_client.h"

namespace tandem::serve {
namespace {

using ::testing::HasSubstr;

class TlsFactoryTest : public testing::Test {
 protected:
  TlsFactoryTest() { log::configure(log::Level::kInfo, log::Format::kText); }
  ~TlsFactoryTest() override { log::configure(log::Level::kWarning, log::Format::kText); }

  TestIdentity identity(const std::string& name) const { return {name, TestIdentity::a_year(clock_.wall())}; }
  void store(const TestIdentity& identity) {
    write_text(options_.certificate, identity.certificate_pem());
    write_text(options_.key, identity.key_pem());
  }
  void start() {
    HttpServerOptions options;
    options.endpoints[0].tls = true;
    options.tls = make_tls_factory(options_).value();
    server_ = HttpServer::start(std::move(options), handler_).value();
  }
  std::string shown_name() const { return TlsTestClient(server_->port()).server_name(); }

  TempDir folder_;
  FakeClock clock_;
  TlsOptions options_{.certificate = folder_.path() / "server.crt",
                      .key = folder_.path() / "server.key",
                      .client_ca = {},
                      .clock = &clock_};
  NoHandler handler_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(TlsFactoryTest, NewConnectionsGetTheNewCertificate) {
  store(identity("first"));
  start();
  EXPECT_EQ(shown_name(), "first");
  store(identity("second one"));
  clock_.advance(std::chrono::seconds(6));
  EXPECT_EQ(shown_name(), "second one");
}

TEST_F(TlsFactoryTest, TheFilesAreNotLookedAtForEveryClient) {
  store(identity("first"));
  start();
  store(identity("second one"));
  clock_.advance(std::chrono::seconds(4));
  EXPECT_EQ(shown_name(), "first");
}

TEST_F(TlsFactoryTest, TheOldCertificateStaysWhenTheNewOneIsUnusable) {
  store(identity("first"));
  start();
  write_text(options_.certificate, "half a fi");
  clock_.advance(std::chrono::seconds(6));
  testing::internal::CaptureStderr();
  EXPECT_EQ(shown_name(), "first");
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr("the old certificate stays"));
  EXPECT_THAT(said, HasSubstr("holds no certificate in PEM form"));
}

TEST_F(TlsFactoryTest, AKeyThatComesLaterThanItsCertificateIsTakenThen) {
  store(identity("first"));
  start();
  const TestIdentity second = identity("second one");
  write_text(options_.certificate, second.certificate_pem());
  clock_.advance(std::chrono::seconds(6));
  EXPECT_EQ(shown_name(), "first");
  write_text(options_.key, second.key_pem() + "\n");
  clock_.advance(std::chrono::seconds(6));
  EXPECT_EQ(shown_name(), "second one");
}

TEST_F(TlsFactoryTest, WarnsOfACertificateThatEndsSoon) {
  store({"localhost", {clock_.wall() - std::chrono::hours(1), clock_.wall() + std::chrono::hours(24 * 6)}});
  testing::internal::CaptureStderr();
  ASSERT_TRUE(make_tls_factory(options_));
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("expires soon: renew it"));
}

TEST_F(TlsFactoryTest, AnExpiredCertificateIsAnErrorAtStart) {
  store(identity("localhost"));
  clock_.advance(std::chrono::hours(24 * 400));
  const auto made = make_tls_factory(options_);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::kFailedPrecondition);
}

}  // namespace
}  // namespace tandem::serve
