// SPDX-License-Identifier: Apache-2.0
// TlsStream: TLS over another ByteStream; the handshake happens in its first reads.
#pragma once

#include <memory>
#include <string>

#include "serve/http/client_stream.h"
#include "serve/tls/openssl_handles.h"

namespace tandem::serve {

/// The server's side. `context` may go before the stream does. Null when memory is exhausted.
std::unique_ptr<ByteStream> make_tls_stream(std::unique_ptr<ByteStream> socket, SSL_CTX& context);

/// The client's side: the other's certificate must be of `host`, a name or an address. Null also when `host` is
/// neither.
std::unique_ptr<ClientStream> make_tls_client_stream(std::unique_ptr<ByteStream> socket, SSL_CTX& context,
                                                     const std::string& host);

}  // namespace tandem::serve
