// SPDX-License-Identifier: Apache-2.0
// Which form of the protocol.
#include "serve/client/model_client.h"

namespace tandem::serve {

std::unique_ptr<ModelClient> make_model_client(ModelClientOptions options) {
  return options.address.grpc ? make_grpc_client(std::move(options)) : make_http_client(std::move(options));
}

}  // namespace tandem::serve
