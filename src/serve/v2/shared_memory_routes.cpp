// SPDX-License-Identifier: Apache-2.0
// JSON around the registry.
#include "serve/v2/shared_memory_routes.h"

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "serve/http/json_text.h"
#include "serve/v2/json_reader.h"
#include "serve/v2/response.h"

namespace tandem::serve {
namespace {

Result<std::string> status_document(const SharedMemoryRegistry& registry, std::string_view name) {
  const auto regions = TRY(registry.list(name));
  std::string out;
  JsonWriter writer(out);
  writer.begin_array();
  for (const SharedMemoryRegistration& region : regions) {
    writer.begin_object().key("name").string(region.name).key("key").string(region.key);
    writer.key("offset").number(region.offset).key("byte_size").number(region.byte_size).end_object();
  }
  writer.end_array();
  return out;
}

void unregister(SharedMemoryRegistry& registry, std::string_view name) {
  if (name.empty()) {
    registry.remove_all();
  } else {
    registry.remove(name);
  }
}

using Answer = std::function<HttpResponse(const HttpRequest&, const PathParameters&)>;

void add(Router& router, std::string_view method, const std::string& path, Answer answer) {
  router.add(method, path,
             [answer = std::move(answer)](const HttpRequest& request, const PathParameters& parameters,
                                          const Responder& respond) { respond(answer(request, parameters)); });
}

void add_system_routes(Router& router, SharedMemoryRegistry* registry) {
  const std::string base = "/v2/systemsharedmemory";
  const std::string region = base + "/region/{region}";
  for (const std::string& place : {base, region}) {
    add(router, "GET", place + "/status", [registry](const HttpRequest&, const PathParameters& path) {
      if (registry == nullptr) return document_response(fail(shared_memory_is_off()));
      return document_response(status_document(*registry, path.get("region")));
    });
    add(router, "POST", place + "/unregister", [registry](const HttpRequest&, const PathParameters& path) {
      if (registry == nullptr) return done_response(fail(shared_memory_is_off()));
      unregister(*registry, path.get("region"));
      return empty_response(200);
    });
  }
  add(router, "POST", region + "/register", [registry](const HttpRequest& request, const PathParameters& path) {
    if (registry == nullptr) return done_response(fail(shared_memory_is_off()));
    auto registration = read_registration(path.get("region"), body_text(request));
    if (!registration) return done_response(fail(std::move(registration).error()));
    return done_response(registry->add(std::move(*registration)));
  });
}

void add_cuda_routes(Router& router) {
  const std::string base = "/v2/cudasharedmemory";
  const std::string region = base + "/region/{region}";
  for (const std::string& place : {base, region}) {
    add(router, "GET", place + "/status", [](const HttpRequest&, const PathParameters& path) {
      const std::string name(path.get("region"));
      if (name.empty()) return json_response("[]");
      return document_response(not_found("there is no CUDA shared memory region '" + name + "'"));
    });
    add(router, "POST", place + "/unregister",
        [](const HttpRequest&, const PathParameters&) { return empty_response(200); });
  }
  add(router, "POST", region + "/register",
      [](const HttpRequest&, const PathParameters&) { return done_response(fail(no_cuda_memory())); });
}

}  // namespace

Error no_cuda_memory() {
  return {Code::kUnimplemented,
          "this server shares no CUDA memory: its models take their inputs from the computer's own memory; register "
          "system shared memory, or send the tensors"};
}

Result<SharedMemoryRegistration> read_registration(std::string_view name, std::string_view json) {
  SharedMemoryRegistration registration;
  registration.name = std::string(name);
  std::optional<std::uint64_t> byte_size;
  JsonReader reader(json);
  std::string key;
  TRY(reader.begin_object());
  while (TRY(reader.next_key(key))) {
    if (key == "key") {
      registration.key = TRY(reader.string());
    } else if (key == "offset") {
      registration.offset = TRY(reader.uint64());
    } else if (key == "byte_size") {
      byte_size = TRY(reader.uint64());
    } else {
      TRY(reader.skip());
    }
  }
  TRY(reader.expect_end());
  if (registration.key.empty()) return invalid_argument("expected key, the name of the shared memory object, got none");
  if (!byte_size) return invalid_argument("expected byte_size, the size of the region in bytes, got none");
  registration.byte_size = *byte_size;
  return registration;
}

void add_shared_memory_routes(Router& router, SharedMemoryRegistry* registry) {
  add_system_routes(router, registry);
  add_cuda_routes(router);
}

}  // namespace tandem::serve
