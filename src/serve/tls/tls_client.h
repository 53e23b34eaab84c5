// SPDX-License-Identifier: Apache-2.0
// TLS for connections that the server opens itself: to a collector of traces.
#pragma once

#include <filesystem>

#include "base/error.h"
#include "serve/http/client_stream.h"

namespace tandem::serve {

struct TlsClientOptions {
  std::filesystem::path authorities;  // PEM: who may sign the other's certificate; "": whom this machine trusts
};

/// TLS 1.2 and 1.3. The other side must show a certificate of its name or address that one of the authorities has
/// signed and that is valid now. The factory may be called from several threads. Errors: not_found, permission_denied,
/// invalid_argument (not PEM), failed_precondition (this machine trusts nobody).
Result<ClientStreamFactory> make_tls_client_factory(const TlsClientOptions& options);

}  // namespace tandem::serve
