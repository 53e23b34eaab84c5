// SPDX-License-Identifier: Apache-2.0
// Owners of OpenSSL's objects, and its last error as text; for the files of this folder and their tests.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace tandem::serve {

template <auto kFree>
struct OpensslDeleter {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};

using BioHandle = std::unique_ptr<BIO, OpensslDeleter<&::BIO_free>>;
using KeyHandle = std::unique_ptr<EVP_PKEY, OpensslDeleter<&::EVP_PKEY_free>>;
using CertificateHandle = std::unique_ptr<X509, OpensslDeleter<&::X509_free>>;
using ContextHandle = std::unique_ptr<SSL_CTX, OpensslDeleter<&::SSL_CTX_free>>;
using SslHandle = std::unique_ptr<SSL, OpensslDeleter<&::SSL_free>>;

/// What OpenSSL says of its last failure on this thread, which it then forgets.
inline std::string take_openssl_error() {
  const char* reason = ::ERR_reason_error_string(::ERR_peek_last_error());
  ::ERR_clear_error();
  return reason == nullptr ? "no reason given" : reason;
}

}  // namespace tandem::serve
