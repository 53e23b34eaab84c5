// SPDX-License-Identifier: Apache-2.0
// Video files, cameras and windows through OpenCV, which is opened only when one of them is asked for.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "live/view.h"
#include "vision/frame_source.h"

namespace tandem::live {

/// What tandem_opencv.so gives: functions of this program's own build that use OpenCV. None throws.
struct OpencvFunctions {
  const char* version;  // of Tandem: that of the program
  /// path  of a regular file
  Result<std::unique_ptr<FrameSource>> (*open_video)(const std::string& path);
  /// device  "0" for /dev/video0, or a path
  Result<std::unique_ptr<FrameSource>> (*open_camera)(const std::string& device);
  Result<std::unique_ptr<View>> (*open_window)(const std::string& title);
};
/// The one symbol of the library.
inline constexpr const char* kOpencvSymbol = "tandem_opencv_functions";
using GetOpencvFunctions = const OpencvFunctions* (*)();

/// Where the library may lie: beside the program, and in ../lib/tandem.
std::vector<std::filesystem::path> opencv_library_places(const std::filesystem::path& program_folder);

/// Opens the library, which then stays open; the functions live for the whole process.
/// Errors: unimplemented (there is no such library: this build has no OpenCV), unavailable (it cannot be opened, or it
/// is of another build). Both say how to get it.
Result<const OpencvFunctions*> open_opencv(const std::vector<std::filesystem::path>& places);

}  // namespace tandem::live
