// SPDX-License-Identifier: Apache-2.0
// dlopen of ONNX Runtime; never linked, because its one symbol is versioned by release (docs/decisions/0003).
#include "engines/onnxruntime/library.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <onnxruntime_c_api.h>

#include <charconv>
#include <system_error>

namespace tandem::onnxruntime {
namespace {

constexpr std::string_view kHowToGet =
    "Run ./dev setup, or install the PyPI package onnxruntime and set TANDEM_ONNXRUNTIME to its "
    "onnxruntime/capi/libonnxruntime.so.*";

/// The 21 of "1.21.0"; 0 when the text is no version.
unsigned minor_version(std::string_view version) {
  const std::size_t dot = version.find('.');
  if (dot == std::string_view::npos) return 0;
  unsigned minor = 0;
  std::from_chars(version.data() + dot + 1, version.data() + version.size(), minor);
  return minor;
}

Result<Library> open_one(const std::filesystem::path& path) {
  void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = ::dlerror();
    return fail(Code::kUnavailable, reason != nullptr ? reason : path.string() + ": cannot be opened");
  }
  using GetApiBase = const OrtApiBase*(ORT_API_CALL*)();
  const auto get_api_base = reinterpret_cast<GetApiBase>(::dlsym(handle, "OrtGetApiBase"));
  if (get_api_base == nullptr) {
    return fail(Code::kUnavailable, path.string() + ": is not ONNX Runtime (it has no OrtGetApiBase)");
  }
  const OrtApiBase* base = get_api_base();
  Library library{nullptr, base->GetVersionString(), path};
  // GetApi itself would print to standard error when the library is too old.
  if (minor_version(library.version) >= ORT_API_VERSION) library.api = base->GetApi(ORT_API_VERSION);
  if (library.api == nullptr) {
    return fail(Code::kUnavailable, fmt::format("{}: is ONNX Runtime {}, but 1.{} or newer is needed", path.string(),
                                                library.version, ORT_API_VERSION));
  }
  return library;
}

}  // namespace

std::vector<std::filesystem::path> library_places(const std::string& named, const std::filesystem::path& folder) {
  if (!named.empty()) return {named};
  std::vector<std::filesystem::path> places;
  if (!folder.empty()) {
    places.push_back(folder.parent_path() / "lib" / "libonnxruntime.so.1");
    places.push_back(folder / "libonnxruntime.so.1");
  }
  places.emplace_back(TANDEM_ONNXRUNTIME_LIBRARY);
  places.emplace_back("libonnxruntime.so.1");
  return places;
}

Result<Library> open_library(const std::vector<std::filesystem::path>& places) {
  std::string reasons;
  for (const auto& place : places) {
    std::error_code ignored;
    // A bare name is left to the loader; everything else must be there, so that reasons stay short.
    if (place.has_parent_path() && !std::filesystem::exists(place, ignored)) {
      reasons += place.string() + ": is not there; ";
      continue;
    }
    Result<Library> library = open_one(place);
    if (library) return library;
    reasons += library.error().message + "; ";
  }
  return fail(Code::kUnavailable, fmt::format("ONNX Runtime cannot be used: {}{}", reasons, kHowToGet));
}

}  // namespace tandem::onnxruntime
