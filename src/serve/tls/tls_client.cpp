// SPDX-License-Identifier: Apache-2.0
// An SSL_CTX that trusts the authorities of a file, or those of the system.
#include "serve/tls/tls_client.h"

#include <memory>
#include <string>
#include <utility>

#include "serve/tls/tls_context.h"
#include "serve/tls/tls_stream.h"

namespace tandem::serve {

Result<ClientStreamFactory> make_tls_client_factory(const TlsClientOptions& options) {
  const std::shared_ptr<SSL_CTX> context(::SSL_CTX_new(::TLS_client_method()), &::SSL_CTX_free);
  if (!context) return internal_error("cannot set up TLS: " + take_openssl_error());
  ::SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  ::SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  ::SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  if (!options.authorities.empty()) {
    TRY(trust_authorities(*context, options.authorities));
  } else if (::SSL_CTX_set_default_verify_paths(context.get()) != 1) {
    return fail(Code::kFailedPrecondition,
                "cannot read the certificates that this machine trusts (Debian's package "
                "ca-certificates): " +
                    take_openssl_error());
  }
  return ClientStreamFactory([context](std::unique_ptr<ByteStream> socket, const std::string& host) {
    return make_tls_client_stream(std::move(socket), *context, host);
  });
}

}  // namespace tandem::serve
