// SPDX-License-Identifier: Apache-2.0
// Which call of the service answers which method.
#include "serve/grpc/routes.h"

#include <string>

#include "base/protobuf_writer.h"
#include "serve/grpc/control_routes.h"
#include "serve/grpc/documents.h"
#include "serve/grpc/health.h"
#include "serve/grpc/infer.h"
#include "serve/grpc/methods.h"
#include "serve/grpc/reflection.h"

namespace tandem::serve {
namespace {

// A message whose only field is a truth: number 1.
std::string truth(bool value) {
  ProtobufWriter writer;
  if (value) writer.integer(1, 1);
  return writer.bytes();
}

void add_server_routes(const GrpcMethods& add, InferenceService& service, const V2Options& options) {
  add.document("ServerLive", [&service](const SimpleRequest&) -> Result<std::string> { return truth(service.live()); });
  add.document("ServerReady",
               [&service](const SimpleRequest&) -> Result<std::string> { return truth(service.ready()); });
  add.document("ServerMetadata",
               [metadata = grpc_server_metadata(options.server_name, options.server_version, v2_extensions(options))](
                   const SimpleRequest&) -> Result<std::string> { return metadata; });
}

void add_model_routes(const GrpcMethods& add, InferenceService& service) {
  add.document("ModelReady", [&service](const SimpleRequest& request) -> Result<std::string> {
    return truth(service.find(request.text(1), request.text(2)).has_value());
  });
  add.document("ModelMetadata", [&service](const SimpleRequest& request) -> Result<std::string> {
    return grpc_model_metadata(*TRY(service.find(request.text(1), request.text(2))));
  });
  add.document("ModelConfig", [&service](const SimpleRequest& request) -> Result<std::string> {
    return grpc_model_configuration(*TRY(service.find(request.text(1), request.text(2))));
  });
  add.document("ModelStatistics", [&service](const SimpleRequest& request) -> Result<std::string> {
    return grpc_model_statistics(TRY(service.statistics(request.text(1), request.text(2))));
  });
}

}  // namespace

void add_grpc_routes(Router& router, InferenceService& service, const GrpcOptions& options) {
  GrpcInferOptions infer;
  infer.max_message_bytes = options.max_message_bytes;
  infer.shared_memory = options.v2.shared_memory;
  infer.tracer = options.v2.tracer;
  infer.clock = options.v2.clock;
  add_grpc_infer_routes(router, service, infer);  // first: the router looks at routes in this order
  UnaryOptions unary;
  unary.max_message_bytes = options.max_message_bytes;
  const GrpcMethods inference(router, kGrpcService, unary);
  add_server_routes(inference, service, options.v2);
  add_model_routes(inference, service);
  add_grpc_control_routes(inference, service, options.v2);
  add_grpc_health_routes(router, service, unary);
  add_grpc_reflection_routes(router);
}

}  // namespace tandem::serve
