// SPDX-License-Identifier: Apache-2.0
// ModelClient: one connection to a served model, of this server or of another that speaks the Open Inference Protocol.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>

#include "base/error.h"
#include "core/model_info.h"
#include "core/tensor.h"
#include "serve/client/server_address.h"

namespace tandem::serve {

struct ModelClientOptions {
  ServerAddress address;
  std::string model;
  std::chrono::milliseconds limit = std::chrono::seconds(60);  // of every wait
};

/// `describe prepare infer*`. Not thread-safe: a connection for each thread. It is opened when it is needed, and again
/// when the server has closed it in between.
class ModelClient {
 public:
  virtual ~ModelClient() = default;

  /// What the model takes. Errors: unavailable, deadline_exceeded, data_loss, and the server's own
  virtual Result<ModelInfo> describe() = 0;
  /// Makes the request that every infer() sends. inputs  as encode_http_infer has them. Errors: unimplemented (texts)
  virtual Status prepare(const ModelInfo& info, std::span<const Tensor> inputs) = 0;
  /// Sends it and waits for the whole answer, of which only the status is looked at. Errors: as describe()
  virtual Status infer() = 0;
};

std::unique_ptr<ModelClient> make_model_client(ModelClientOptions options);

/// The two forms of the above.
std::unique_ptr<ModelClient> make_http_client(ModelClientOptions options);
std::unique_ptr<ModelClient> make_grpc_client(ModelClientOptions options);

}  // namespace tandem::serve
