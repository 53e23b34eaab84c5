// SPDX-License-Identifier: Apache-2.0
// What is inside of tandem_opencv.so; everybody else goes through library.h.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "live/view.h"
#include "vision/frame_source.h"

namespace tandem::live {

/// As OpencvFunctions says.
Result<std::unique_ptr<FrameSource>> open_opencv_video(const std::string& path);
Result<std::unique_ptr<FrameSource>> open_opencv_camera(const std::string& device);
Result<std::unique_ptr<View>> open_opencv_window(const std::string& title);

}  // namespace tandem::live
