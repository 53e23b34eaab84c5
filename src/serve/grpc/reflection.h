// SPDX-License-Identifier: Apache-2.0
// gRPC's server reflection: `grpcurl list` and the like find the services without having the files of proto/.
// https://github.com/grpc/grpc/blob/master/doc/server-reflection.md
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/protobuf_writer.h"
#include "serve/http/router.h"

namespace tandem::serve {

/// What a set of descriptors defines, by name. Views of its bytes.
class Descriptors final {
 public:
  /// descriptor_set  a FileDescriptorSet; outlives it. No file may import another.
  explicit Descriptors(std::span<const std::byte> descriptor_set);

  /// The FileDescriptorProto; "" when there is none.
  std::string_view file(std::string_view name) const;
  /// Of the file that defines a service, a method ("package.Service.Method"), a message or an enum; "": none does.
  std::string_view file_of_symbol(std::string_view symbol) const;
  bool has_message(std::string_view name) const;
  /// Full names.
  const std::vector<std::string>& services() const { return services_; }

 private:
  void add_file(std::string_view file);
  void add_message(const std::string& scope, std::span<const std::byte> message, std::string_view file);
  void add_service(const std::string& scope, std::span<const std::byte> service, std::string_view file);

  struct Symbol {
    std::string_view file;
    bool is_message = false;
  };
  std::map<std::string, std::string_view, std::less<>> files_;
  std::map<std::string, Symbol, std::less<>> symbols_;
  std::vector<std::string> services_;
};

/// The ServerReflectionResponse to a ServerReflectionRequest, which is hostile. What is not there is said within the
/// answer. Errors: invalid_argument (no protobuf message).
Result<std::string> reflection_answer(const Descriptors& descriptors, std::span<const std::byte> request);

/// How much a client may ask in one call: answers are larger than questions, and wait in memory until it reads them.
inline constexpr std::size_t kMaxReflectionRequests = 256;

/// Adds the services grpc.reflection.v1.ServerReflection and its older name, v1alpha.
void add_grpc_reflection_routes(Router& router);

}  // namespace tandem::serve
