// SPDX-License-Identifier: Apache-2.0
// GrpcMethods: adds the methods of one gRPC service to a router.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "serve/grpc/simple_request.h"
#include "serve/grpc/unary.h"
#include "serve/http/router.h"

namespace tandem::serve {

inline constexpr std::string_view kGrpcService = "inference.GRPCInferenceService";
inline constexpr std::string_view kHealthService = "grpc.health.v1.Health";

class GrpcMethods final {
 public:
  /// The bytes of the answer's message.
  using Document = std::function<Result<std::string>(const SimpleRequest&)>;

  /// `router` outlives it; `service` is one of the names above.
  GrpcMethods(Router& router, std::string_view service, UnaryOptions options)
      : router_(router), service_(service), options_(options) {}

  /// A method that answers at once.
  void document(std::string_view name, Document make) const;
  void method(std::string_view name, UnaryMethod call) const;

 private:
  Router& router_;
  std::string_view service_;
  UnaryOptions options_;
};

}  // namespace tandem::serve
