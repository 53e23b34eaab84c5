// SPDX-License-Identifier: Apache-2.0
// Makes the environment: log into ours, no telemetry.
#include "engines/onnxruntime/runtime.h"

#include <onnxruntime_c_api.h>

#include <algorithm>
#include <cstdlib>

#include "base/file.h"
#include "base/log.h"

namespace tandem::onnxruntime {
namespace {

/// One level lower than ONNX Runtime thinks: what fails a call is returned as our Error, and what it warns of is its
/// choice of kernels, not something that the person who runs Tandem can act on.
void ORT_API_CALL write_log(void*, OrtLoggingLevel level, const char* category, const char*, const char*,
                            const char* message) {
  const log::Fields fields = {{"from", "onnxruntime"}, {"category", category}};
  switch (level) {
    case ORT_LOGGING_LEVEL_FATAL: log::error(message, fields); break;
    case ORT_LOGGING_LEVEL_ERROR:
    case ORT_LOGGING_LEVEL_WARNING: log::info(message, fields); break;
    default: log::debug(message, fields);
  }
}

OrtLoggingLevel wanted_level() {
  if (log::enabled(log::Level::kDebug)) return ORT_LOGGING_LEVEL_INFO;
  return log::enabled(log::Level::kInfo) ? ORT_LOGGING_LEVEL_WARNING : ORT_LOGGING_LEVEL_FATAL;
}

Result<std::vector<std::string>> read_providers(const OrtApi& api) {
  char** names = nullptr;
  int count = 0;
  TRY(check(api, api.GetAvailableProviders(&names, &count)));
  std::vector<std::string> providers(names, names + count);
  TRY(check(api, api.ReleaseAvailableProviders(names, count)));
  return providers;
}

}  // namespace

Result<Runtime> Runtime::open() {
  const char* named = std::getenv("TANDEM_ONNXRUNTIME");
  Library library = TRY(open_library(library_places(named != nullptr ? named : "", program_folder())));
  const OrtApi& api = *library.api;

  OrtEnv* env = nullptr;
  TRY(check(api, api.CreateEnvWithCustomLogger(write_log, nullptr, wanted_level(), "tandem", &env)));
  Handle<OrtEnv> held_env(env, api.ReleaseEnv);
  TRY(check(api, api.DisableTelemetryEvents(env)));

  OrtMemoryInfo* memory = nullptr;
  TRY(check(api, api.CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &memory)));
  Handle<OrtMemoryInfo> held_memory(memory, api.ReleaseMemoryInfo);

  Runtime runtime(std::move(library), std::move(held_env), std::move(held_memory));
  TRY(check(api, api.GetAllocatorWithDefaultOptions(&runtime.allocator_)));
  runtime.providers_ = TRY(read_providers(api));
  return runtime;
}

bool Runtime::has_provider(std::string_view name) const {
  return std::find(providers_.begin(), providers_.end(), name) != providers_.end();
}

}  // namespace tandem::onnxruntime
