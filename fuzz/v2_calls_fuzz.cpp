// SPDX-License-Identifier: Apache-2.0
// Fuzzes the bodies of the protocol's smaller calls. The first byte chooses the call: register, load, unload, log and
// trace settings, generate.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "serve/generate/generate_request.h"
#include "serve/settings/trace_settings.h"
#include "serve/shared_memory/shared_memory_registry.h"
#include "serve/v2/repository_routes.h"
#include "serve/v2/settings_routes.h"
#include "serve/v2/shared_memory_routes.h"

namespace {

using tandem::Dim;
using tandem::DType;

tandem::serve::ServedModel make_model(DType dtype, std::vector<Dim> dims, std::int64_t max_batch_size) {
  tandem::serve::ServedModel model;
  model.info.inputs.push_back({"x", dtype, {std::move(dims), false}, false});
  model.info.inputs.push_back({"i", DType::kInt64, {{Dim::symbol("n")}, false}, true});
  model.max_batch_size = max_batch_size;
  return model;
}

// What is not refused must name only objects that exist, and this process makes none.
void register_region(std::string_view json) {
  tandem::serve::SharedMemoryRegistry registry;
  auto registration = tandem::serve::read_registration("r", json);
  if (!registration) return;
  registration->key = "/tandem_fuzz_no_such_object" + registration->key;
  if (registry.add(std::move(*registration))) __builtin_trap();
}

void read_trace(std::string_view json) {
  const auto words = tandem::serve::read_trace_words(json);
  if (!words) return;
  const auto change = tandem::serve::parse_trace_change(*words, "trace.json");
  if (!change) return;
  tandem::serve::TraceOverrides overrides;
  change->apply_to(overrides);
  if (overrides.over({}).rate == 0) __builtin_trap();  // it divides
}

void generate(std::string_view json) {
  static const std::vector<tandem::serve::ServedModel> models = [] {
    std::vector<tandem::serve::ServedModel> made;
    made.push_back(make_model(DType::kFloat32, {Dim::symbol("n"), Dim::fixed(2)}, 8));
    made.push_back(make_model(DType::kString, {Dim::symbol("n")}, 0));
    made.push_back(make_model(DType::kBool, {Dim::symbol("n"), Dim::fixed(0)}, 0));
    made.push_back(make_model(DType::kUint8, {}, 0));
    return made;
  }();
  for (const tandem::serve::ServedModel& model : models) {
    (void)tandem::serve::read_generate_request(json, model, false);
    (void)tandem::serve::read_generate_request(json, model, true);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  // An exact-size block, so that the address sanitizer sees the first byte read past the end.
  const std::vector<char> body(data + 1, data + size);
  const std::string_view json(body.data(), body.size());
  switch (data[0] % 6) {
    case 0: register_region(json); break;
    case 1: (void)tandem::serve::read_load_parameters(json); break;
    case 2: (void)tandem::serve::read_unload_dependents(json); break;
    case 3: (void)tandem::serve::read_log_change(json); break;
    case 4: read_trace(json); break;
    default: generate(json); break;
  }
  return 0;
}
