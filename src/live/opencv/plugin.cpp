// SPDX-License-Identifier: Apache-2.0
// The one symbol of tandem_opencv.so.
#include "live/opencv/plugin.h"

#include "live/opencv/library.h"

extern "C" __attribute__((visibility("default"))) const tandem::live::OpencvFunctions* tandem_opencv_functions() {
  static constexpr tandem::live::OpencvFunctions kFunctions{TANDEM_VERSION, tandem::live::open_opencv_video,
                                                            tandem::live::open_opencv_camera,
                                                            tandem::live::open_opencv_window};
  return &kFunctions;
}
