// SPDX-License-Identifier: Apache-2.0
// Certificates and keys from PEM, held against each other and the clock.
#include "serve/tls/tls_context.h"

#include <openssl/pem.h>

#include <ctime>
#include <string>
#include <string_view>

#include "base/file.h"

namespace tandem::serve {
namespace {

constexpr std::uint64_t kMaxFileBytes = 1 << 20;
// Of TLS 1.2: forward secrecy and authenticated encryption only, as HTTP/2 demands (RFC 9113, 9.2.2).
constexpr const char* kTls12Ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr std::string_view kSessionContext = "tandem";

Result<BioHandle> read_pem(const std::filesystem::path& path, std::string& text) {
  auto read = read_file(path, kMaxFileBytes);
  if (!read) return fail(std::move(read).error().with_context("TLS"));
  text = std::move(*read);
  return BioHandle(::BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

CertificateHandle next_certificate(BIO& pem) {
  return CertificateHandle(::PEM_read_bio_X509(&pem, nullptr, nullptr, nullptr));
}

tl::unexpected<Error> no_certificate(const std::filesystem::path& path) {
  ::ERR_clear_error();
  return invalid_argument(path.string() + " holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)");
}

SystemTime to_system_time(const ASN1_TIME& time) {
  std::tm parts{};
  ::ASN1_TIME_to_tm(&time, &parts);
  return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

Status check_dates(const X509& certificate, const std::filesystem::path& path, SystemTime now) {
  const SystemTime begins = to_system_time(*::X509_get0_notBefore(&certificate));
  const SystemTime ends = to_system_time(*::X509_get0_notAfter(&certificate));
  if (ends <= now) {
    return fail(Code::kFailedPrecondition, "the certificate in " + path.string() + " expired on " + iso8601(ends) +
                                               "; clients would refuse it: renew it");
  }
  if (begins > now) {
    return fail(Code::kFailedPrecondition, "the certificate in " + path.string() + " is valid only from " +
                                               iso8601(begins) + " on; is the clock of this machine right?");
  }
  return {};
}

// The server's own certificate first, then those that lead to its root.
Status use_certificates(TlsContext& made, const TlsOptions& options) {
  std::string text;
  const BioHandle pem = TRY(read_pem(options.certificate, text));
  const CertificateHandle own = next_certificate(*pem);
  if (!own) return no_certificate(options.certificate);
  TRY(check_dates(*own, options.certificate, options.clock->wall()));
  made.expires = to_system_time(*::X509_get0_notAfter(own.get()));
  if (::SSL_CTX_use_certificate(made.context.get(), own.get()) != 1) {
    return invalid_argument("cannot use the certificate in " + options.certificate.string() + ": " +
                            take_openssl_error());
  }
  while (const CertificateHandle between = next_certificate(*pem)) {
    ::SSL_CTX_add1_chain_cert(made.context.get(), between.get());
  }
  ::ERR_clear_error();  // the end of the file
  return {};
}

int no_passphrase(char*, int, int, void*) { return -1; }

Status use_key(SSL_CTX& context, const TlsOptions& options) {
  std::string text;
  const BioHandle pem = TRY(read_pem(options.key, text));
  const KeyHandle key(::PEM_read_bio_PrivateKey(pem.get(), nullptr, no_passphrase, nullptr));
  ::OPENSSL_cleanse(text.data(), text.size());
  if (!key) {
    return invalid_argument(options.key.string() +
                            " holds no private key in PEM form without a passphrase: " + take_openssl_error());
  }
  if (::X509_check_private_key(::SSL_CTX_get0_certificate(&context), key.get()) != 1) {
    ::ERR_clear_error();
    return invalid_argument("the key in " + options.key.string() + " does not belong to the certificate in " +
                            options.certificate.string());
  }
  if (::SSL_CTX_use_PrivateKey(&context, key.get()) != 1) {
    return invalid_argument("cannot use the key in " + options.key.string() + ": " + take_openssl_error());
  }
  return {};
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered,
                    unsigned int offered_size, void* http2) {
  constexpr std::string_view kBoth("\x02h2\x08http/1.1", 12);  // by preference
  const std::string_view ours = http2 != nullptr ? kBoth : kBoth.substr(3);
  unsigned char* found = nullptr;
  const int match = ::SSL_select_next_proto(&found, chosen_size, reinterpret_cast<const unsigned char*>(ours.data()),
                                            static_cast<unsigned int>(ours.size()), offered, offered_size);
  *chosen = found;
  return match == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

void set_rules(SSL_CTX& context, bool http2) {
  ::SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION);
  ::SSL_CTX_set_cipher_list(&context, kTls12Ciphers);
  ::SSL_CTX_set_options(&context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // A write that must be repeated comes with the same bytes at another place; buffers are given back between requests,
  // so that an idle connection is small.
  ::SSL_CTX_set_mode(&context,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  ::SSL_CTX_set_read_ahead(&context, 1);                           // a record's head and body come with one call
  ::SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_OFF);  // tickets keep sessions at the clients
  ::SSL_CTX_set_num_tickets(&context, 1);
  ::SSL_CTX_set_session_id_context(&context, reinterpret_cast<const unsigned char*>(kSessionContext.data()),
                                   static_cast<unsigned int>(kSessionContext.size()));
  ::SSL_CTX_set_alpn_select_cb(&context, choose_protocol, http2 ? &context : nullptr);
}

}  // namespace

Status trust_authorities(SSL_CTX& context, const std::filesystem::path& file) {
  std::string text;
  const BioHandle pem = TRY(read_pem(file, text));
  int count = 0;
  while (const CertificateHandle authority = next_certificate(*pem)) {
    ::X509_STORE_add_cert(::SSL_CTX_get_cert_store(&context), authority.get());
    ::SSL_CTX_add_client_CA(&context, authority.get());
    ++count;
  }
  if (count == 0) return no_certificate(file);
  ::ERR_clear_error();
  return {};
}

Result<TlsContext> make_tls_context(const TlsOptions& options) {
  TlsContext made;
  made.context.reset(::SSL_CTX_new(::TLS_server_method()));
  if (!made.context) return internal_error("cannot set up TLS: " + take_openssl_error());
  set_rules(*made.context, options.http2);
  TRY(use_certificates(made, options));
  TRY(use_key(*made.context, options));
  if (!options.client_ca.empty()) {
    TRY(trust_authorities(*made.context, options.client_ca));
    ::SSL_CTX_set_verify(made.context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return made;
}

}  // namespace tandem::serve
