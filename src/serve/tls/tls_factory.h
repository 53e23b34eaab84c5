// SPDX-License-Identifier: Apache-2.0
// TLS for the server's sockets: certificate files in, a StreamFactory out, which follows the files when they change.
#pragma once

#include <chrono>
#include <filesystem>

#include "base/clock.h"
#include "base/error.h"
#include "serve/http/byte_stream.h"

namespace tandem::serve {

struct TlsOptions {
  std::filesystem::path certificate;          // PEM: the server's own, then those between it and its root
  std::filesystem::path key;                  // PEM, without a passphrase
  std::filesystem::path client_ca;            // PEM: who may sign the clients' certificates; "": clients need none
  bool http2 = false;                         // whether ALPN offers h2 beside http/1.1
  const Clock* clock = &system_clock();       // must outlive the factory
  std::chrono::seconds reload_interval{5};    // how often the files are looked at, while clients come
  std::chrono::hours expiry_warning{7 * 24};  // a certificate that ends sooner is logged
};

/// TLS 1.2 and 1.3, no renegotiation, sessions resumed by tickets. The factory may be called from several threads. When
/// the files have changed, new connections get the new certificate; if it is unusable they keep the old, and a warning
/// says why.
/// Errors: not_found, permission_denied, invalid_argument (not PEM, a key of another certificate, one with a
/// passphrase), failed_precondition (expired, or not valid yet).
Result<StreamFactory> make_tls_factory(TlsOptions options);

}  // namespace tandem::serve
