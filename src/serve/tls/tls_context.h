// SPDX-License-Identifier: Apache-2.0
// What all TLS connections of a server share: its certificate and rules, as an SSL_CTX.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "serve/tls/openssl_handles.h"
#include "serve/tls/tls_factory.h"

namespace tandem::serve {

struct TlsContext {
  ContextHandle context;
  SystemTime expires{};  // of the server's certificate
};

/// Reads and checks the files. Errors: those of make_tls_factory.
Result<TlsContext> make_tls_context(const TlsOptions& options);

}  // namespace tandem::serve
