// SPDX-License-Identifier: Apache-2.0
// dlopen of tandem_opencv.so: OpenCV with its windows and codecs is over two hundred libraries, for this verb alone.
#include "live/opencv/library.h"

#include <dlfcn.h>
#include <fmt/format.h>

namespace tandem::live {
namespace {

constexpr const char* kHowToGet = "apt-get install libopencv-videoio-dev libopencv-highgui-dev, and build again";

Result<const OpencvFunctions*> open_one(const std::filesystem::path& path) {
  void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = ::dlerror();
    return fail(Code::kUnavailable, fmt::format("OpenCV cannot be used: {}; {}", reason == nullptr ? "" : reason,
                                                "apt-get install libopencv-videoio406 libopencv-highgui406"));
  }
  const auto get = reinterpret_cast<GetOpencvFunctions>(::dlsym(handle, kOpencvSymbol));
  const OpencvFunctions* functions = get == nullptr ? nullptr : get();
  if (functions != nullptr && std::string(functions->version) == TANDEM_VERSION) return functions;
  return fail(Code::kUnavailable,
              fmt::format("{} is not of this build of tandem ({}); {}", path.string(), TANDEM_VERSION, kHowToGet));
}

}  // namespace

std::vector<std::filesystem::path> opencv_library_places(const std::filesystem::path& program_folder) {
  return {program_folder / "tandem_opencv.so", program_folder.parent_path() / "lib" / "tandem" / "tandem_opencv.so"};
}

Result<const OpencvFunctions*> open_opencv(const std::vector<std::filesystem::path>& places) {
  for (const std::filesystem::path& place : places) {
    std::error_code error;
    if (std::filesystem::exists(place, error)) return open_one(place);
  }
  return fail(Code::kUnimplemented,
              fmt::format("this build has no video, camera and windows, because OpenCV was not there: {}", kHowToGet));
}

}  // namespace tandem::live
