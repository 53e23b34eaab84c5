// SPDX-License-Identifier: Apache-2.0
// dlopen of tandem_NAME.so, so that a program which is not asked for the engine does not carry its SDK.
#include "engine/engine_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

namespace tandem {

std::vector<std::filesystem::path> EngineLibrary::places(std::string_view engine,
                                                         const std::filesystem::path& program_folder) {
  const std::string file = fmt::format("tandem_{}.so", engine);
  return {program_folder / file, program_folder.parent_path() / "lib" / "tandem" / file};
}

Status EngineLibrary::available() const {
  TRY(find());
  return {};
}

Result<EngineRuntime*> EngineLibrary::runtime() {
  std::call_once(once_, [this] { runtime_.emplace(open()); });
  if (!*runtime_) return fail(runtime_->error());
  return (*runtime_)->get();
}

Result<std::filesystem::path> EngineLibrary::find() const {
  for (const std::filesystem::path& place : places_) {
    std::error_code error;
    if (std::filesystem::exists(place, error)) return place;
  }
  return fail(Code::kUnimplemented, fmt::format("this build has no {} (there is no tandem_{}.so): {}", names_.sdk,
                                                names_.engine, names_.how_to_get));
}

Result<const EngineLibraryFunctions*> EngineLibrary::open_file(const std::filesystem::path& path) const {
  void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = ::dlerror();
    return fail(Code::kUnavailable, fmt::format("{} cannot be opened: {}; {}", names_.sdk,
                                                reason == nullptr ? path.string() : reason, names_.how_to_get));
  }
  const std::string symbol = fmt::format("tandem_{}_functions", names_.engine);
  const auto get = reinterpret_cast<GetEngineLibraryFunctions>(::dlsym(handle, symbol.c_str()));
  const EngineLibraryFunctions* functions = get == nullptr ? nullptr : get();
  if (functions != nullptr && std::string_view(functions->version) == TANDEM_VERSION) return functions;
  return fail(Code::kUnavailable, fmt::format("{} is not of this build of tandem ({}); {}", path.string(),
                                              TANDEM_VERSION, names_.how_to_get));
}

Result<std::unique_ptr<EngineRuntime>> EngineLibrary::open() const {
  const std::filesystem::path file = TRY(find());
  return TRY(open_file(file))->open(names_.log);
}

}  // namespace tandem
