// SPDX-License-Identifier: Apache-2.0
// Tests of what is said of certificates and keys that cannot be used.
#include "serve/tls/tls_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_clock.h"
#include "support/temp_dir.h"
#include "support/test_certificates.h"

namespace tandem::serve {
namespace {

using ::testing::HasSubstr;

class TlsContextTest : public testing::Test {
 protected:
  TlsContextTest() {
    options_.certificate = folder_.path() / "server.crt";
    options_.key = folder_.path() / "server.key";
    options_.clock = &clock_;
    write_text(options_.certificate, identity_.certificate_pem());
    write_text(options_.key, identity_.key_pem());
  }
  Error error() const {
    auto made = make_tls_context(options_);
    return made ? Error{Code::kUnknown, "no error"} : made.error();
  }

  TempDir folder_;
  FakeClock clock_;
  const TestIdentity identity_{"localhost", TestIdentity::a_year(clock_.wall())};
  TlsOptions options_;
};

TEST_F(TlsContextTest, TellsWhenTheCertificateEnds) {
  const auto made = make_tls_context(options_);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->expires, std::chrono::floor<std::chrono::seconds>(clock_.wall()) + std::chrono::hours(24 * 365));
}

TEST_F(TlsContextTest, KeepsTheCertificatesBetweenItsOwnAndTheRoot) {
  const TestIdentity root("root", TestIdentity::a_year(clock_.wall()));
  const TestIdentity own("localhost", TestIdentity::a_year(clock_.wall()), &root);
  write_text(options_.certificate, own.certificate_pem() + root.certificate_pem());
  write_text(options_.key, own.key_pem());
  const auto made = make_tls_context(options_);
  ASSERT_TRUE(made) << made.error().message;
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(made->context.get(), &chain);
  EXPECT_EQ(sk_X509_num(chain), 1);
}

TEST_F(TlsContextTest, NamesAFileThatIsNotThere) {
  options_.certificate = folder_.path() / "other.crt";
  EXPECT_EQ(error().code, Code::kNotFound);
  EXPECT_THAT(error().message, HasSubstr("other.crt"));
}

TEST_F(TlsContextTest, SaysWhenAFileHoldsNoCertificate) {
  options_.certificate = options_.key;
  EXPECT_EQ(error().code, Code::kInvalidArgument);
  EXPECT_THAT(error().message, HasSubstr("server.key holds no certificate in PEM form"));
}

TEST_F(TlsContextTest, SaysWhenAFileHoldsNoKey) {
  options_.key = options_.certificate;
  EXPECT_THAT(error().message, HasSubstr("server.crt holds no private key in PEM form"));
}

TEST_F(TlsContextTest, DoesNotAskForAPassphrase) {
  write_text(options_.key, identity_.key_pem("secret"));
  EXPECT_THAT(error().message, HasSubstr("without a passphrase"));
}

TEST_F(TlsContextTest, SaysWhenTheKeyIsAnothers) {
  const TestIdentity other("localhost", TestIdentity::a_year(clock_.wall()));
  write_text(options_.key, other.key_pem());
  EXPECT_EQ(error().code, Code::kInvalidArgument);
  EXPECT_THAT(error().message, HasSubstr("does not belong to the certificate"));
}

TEST_F(TlsContextTest, RefusesACertificateThatHasExpired) {
  clock_.advance(std::chrono::hours(24 * 366));
  EXPECT_EQ(error().code, Code::kFailedPrecondition);
  EXPECT_THAT(error().message, HasSubstr("expired on 2027-01-01T00:00:00.000Z"));
}

TEST_F(TlsContextTest, RefusesACertificateThatIsNotValidYet) {
  const SystemTime tomorrow = clock_.wall() + std::chrono::hours(24);
  const TestIdentity early("localhost", {tomorrow, tomorrow + std::chrono::hours(24)});
  write_text(options_.certificate, early.certificate_pem());
  write_text(options_.key, early.key_pem());
  EXPECT_THAT(error().message, HasSubstr("valid only from 2026-01-02T00:00:00.000Z on"));
}

TEST_F(TlsContextTest, SaysWhenTheClientsAuthorityHoldsNoCertificate) {
  options_.client_ca = options_.key;
  EXPECT_THAT(error().message, HasSubstr("server.key holds no certificate"));
}

}  // namespace
}  // namespace tandem::serve
