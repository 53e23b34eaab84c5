// SPDX-License-Identifier: Apache-2.0
// What all TLS connections of a server share: its certificate and rules, as an SSL_CTX.
#pragma once

#include <filesystem>

#include "base/clock.h"
#include "base/error.h"
#include "serve/tls/openssl_handles.h"
#include "serve/tls/tls_factory.h"

namespace tandem::serve {

struct TlsContext {
  ContextHandle context;
  SystemTime expires{};  // of the server's certificate
};

/// `context` trusts the authorities in that file from now on, and tells clients so.
/// Errors: not_found, permission_denied, invalid_argument (not PEM).
Status trust_authorities(SSL_CTX& context, const std::filesystem::path& file);

/// Reads and checks the files. Errors: those of make_tls_factory.
Result<TlsContext> make_tls_context(const TlsOptions& options);

}  // namespace tandem::serve
