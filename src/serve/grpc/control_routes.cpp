// SPDX-License-Identifier: Apache-2.0
// The same registries and the same sentences as over HTTP.
#include "serve/grpc/control_routes.h"

#include <string>
#include <utility>

#include "serve/grpc/documents.h"
#include "serve/grpc/settings_routes.h"
#include "serve/v2/repository_routes.h"
#include "serve/v2/shared_memory_routes.h"

namespace tandem::serve {
namespace {

// An entry of map<string, ModelRepositoryParameter>.
struct RepositoryParameter {
  std::string name;
  bool truth = false;
  std::string text;  // of string_param or bytes_param
};

Result<RepositoryParameter> read_parameter_entry(std::span<const std::byte> entry) {
  RepositoryParameter parameter;
  const SimpleRequest fields = TRY(SimpleRequest::read(entry));
  parameter.name = std::string(fields.text(1));
  const std::string_view value = fields.text(2);
  const SimpleRequest choice = TRY(SimpleRequest::read(std::as_bytes(std::span(value))));
  parameter.truth = choice.number(1) != 0;
  parameter.text = std::string(choice.text(3).empty() ? choice.text(4) : choice.text(3));
  return parameter;
}

constexpr std::uint32_t kParameters = 3;

Result<LoadParameters> load_parameters(const SimpleRequest& request) {
  LoadParameters parameters;
  for (const auto entry : request.entries(kParameters)) {
    RepositoryParameter parameter = TRY(read_parameter_entry(entry));
    if (parameter.name.starts_with("file:")) {
      TRY(add_model_file(parameter.name, std::move(parameter.text), parameters));
    } else if (parameter.name == "config") {
      parameters.config = std::move(parameter.text);
    }
  }
  TRY(check_load_parameters(parameters));
  return parameters;
}

Result<bool> unload_dependents(const SimpleRequest& request) {
  bool dependents = false;
  for (const auto entry : request.entries(kParameters)) {
    const RepositoryParameter parameter = TRY(read_parameter_entry(entry));
    if (parameter.name == "unload_dependents") dependents = parameter.truth;
  }
  return dependents;
}

void answer_empty(const UnaryReply& reply, const Status& status) {
  if (!status) return reply(fail(status.error()));
  reply(GrpcAnswer{});
}

void load(ModelControl* control, const UnaryRequest& request, const UnaryReply& reply) {
  if (control == nullptr) return reply(fail(control_is_off()));
  const auto read = SimpleRequest::read(request.message);
  auto parameters = read ? load_parameters(*read) : Result<LoadParameters>(fail(read.error()));
  if (!parameters) return reply(fail(std::move(parameters).error()));
  control->load(read->text(2), std::move(*parameters), [reply](const Status& status) { answer_empty(reply, status); });
}

void unload(ModelControl* control, const UnaryRequest& request, const UnaryReply& reply) {
  if (control == nullptr) return reply(fail(control_is_off()));
  const auto read = SimpleRequest::read(request.message);
  const auto dependents = read ? unload_dependents(*read) : Result<bool>(fail(read.error()));
  if (!dependents) return reply(fail(dependents.error()));
  control->unload(read->text(2), *dependents, [reply](const Status& status) { answer_empty(reply, status); });
}

void add_repository(const GrpcMethods& add, InferenceService& service, ModelControl* control) {
  add.document("RepositoryIndex", [&service](const SimpleRequest& request) -> Result<std::string> {
    return grpc_repository_index(service.index(), request.number(2) != 0);
  });
  add.method("RepositoryModelLoad",
             [control](const UnaryRequest& request, const UnaryReply& reply) { load(control, request, reply); });
  add.method("RepositoryModelUnload",
             [control](const UnaryRequest& request, const UnaryReply& reply) { unload(control, request, reply); });
}

Result<std::string> register_system(SharedMemoryRegistry* registry, const SimpleRequest& request) {
  if (registry == nullptr) return fail(shared_memory_is_off());
  SharedMemoryRegistration registration;
  registration.name = std::string(request.text(1));
  registration.key = std::string(request.text(2));
  registration.offset = request.number(3);
  registration.byte_size = request.number(4);
  TRY(registry->add(std::move(registration)));
  return "";
}

Result<std::string> unregister_system(SharedMemoryRegistry* registry, const SimpleRequest& request) {
  if (registry == nullptr) return fail(shared_memory_is_off());
  if (request.text(1).empty()) {
    registry->remove_all();
  } else {
    registry->remove(request.text(1));
  }
  return "";
}

void add_shared_memory(const GrpcMethods& add, SharedMemoryRegistry* registry) {
  add.document("SystemSharedMemoryStatus", [registry](const SimpleRequest& request) -> Result<std::string> {
    if (registry == nullptr) return fail(shared_memory_is_off());
    return grpc_shared_memory_status(TRY(registry->list(request.text(1))));
  });
  add.document("SystemSharedMemoryRegister",
               [registry](const SimpleRequest& request) { return register_system(registry, request); });
  add.document("SystemSharedMemoryUnregister",
               [registry](const SimpleRequest& request) { return unregister_system(registry, request); });
  add.document("CudaSharedMemoryStatus", [](const SimpleRequest& request) -> Result<std::string> {
    if (request.text(1).empty()) return "";
    return not_found("there is no CUDA shared memory region '" + std::string(request.text(1)) + "'");
  });
  add.document("CudaSharedMemoryRegister",
               [](const SimpleRequest&) -> Result<std::string> { return fail(no_cuda_memory()); });
  add.document("CudaSharedMemoryUnregister", [](const SimpleRequest&) -> Result<std::string> { return ""; });
}

}  // namespace

void add_grpc_control_routes(const GrpcMethods& add, InferenceService& service, const V2Options& options) {
  add_repository(add, service, options.control);
  add_shared_memory(add, options.shared_memory);
  add_grpc_settings_routes(add, service, options.tracer);
}

}  // namespace tandem::serve
