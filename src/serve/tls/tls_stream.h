// SPDX-License-Identifier: Apache-2.0
// TlsStream: TLS over another ByteStream; the handshake happens in its first reads.
#pragma once

#include <memory>

#include "serve/http/byte_stream.h"
#include "serve/tls/openssl_handles.h"

namespace tandem::serve {

/// `context` may go before the stream does. Null when memory is exhausted.
std::unique_ptr<ByteStream> make_tls_stream(std::unique_ptr<ByteStream> socket, SSL_CTX& context);

}  // namespace tandem::serve
