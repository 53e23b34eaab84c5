// SPDX-License-Identifier: Apache-2.0
// dlopen of tandem_openvino.so, so that a program which is not asked for OpenVINO does not carry it
// (docs/decisions/0010).
#include "engines/openvino/library.h"

#include <dlfcn.h>
#include <fmt/format.h>

namespace tandem::openvino {
namespace {

constexpr const char* kHowToGet = "run ./dev setup --with openvino, and build again";

}  // namespace

std::vector<std::filesystem::path> library_places(const std::filesystem::path& program_folder) {
  return {program_folder / "tandem_openvino.so",
          program_folder.parent_path() / "lib" / "tandem" / "tandem_openvino.so"};
}

Result<std::filesystem::path> find_library(const std::vector<std::filesystem::path>& places) {
  for (const std::filesystem::path& place : places) {
    std::error_code error;
    if (std::filesystem::exists(place, error)) return place;
  }
  return fail(Code::kUnimplemented,
              fmt::format("this build has no OpenVINO (there is no tandem_openvino.so): {}", kHowToGet));
}

Result<const LibraryFunctions*> open_library(const std::filesystem::path& path) {
  void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = ::dlerror();
    return fail(Code::kUnavailable, fmt::format("OpenVINO cannot be opened: {}; {}",
                                                reason == nullptr ? path.string() : std::string(reason), kHowToGet));
  }
  const auto get = reinterpret_cast<GetLibraryFunctions>(::dlsym(handle, kLibrarySymbol));
  const LibraryFunctions* functions = get == nullptr ? nullptr : get();
  if (functions != nullptr && std::string_view(functions->version) == TANDEM_VERSION) return functions;
  return fail(Code::kUnavailable,
              fmt::format("{} is not of this build of tandem ({}); {}", path.string(), TANDEM_VERSION, kHowToGet));
}

}  // namespace tandem::openvino
