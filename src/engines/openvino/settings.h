// SPDX-License-Identifier: Apache-2.0
// Settings: from the words that hold for every engine to threads, streams and precision of OpenVINO's CPU device.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "engine/options.h"

namespace tandem::openvino {

struct Settings {
  int threads = 1;  // of one run
  int streams = 1;  // runs that go on at the same time
  ComputePrecision precision = ComputePrecision::kFloat32;
};

/// What OpenVINO says of the device.
struct DeviceFacts {
  std::vector<std::string> capabilities;  // "FP32", "INT8", "BF16" ...
  int cores = 1;                          // of the CPU budget
};

/// Errors: invalid_argument (a number), failed_precondition (no such device, or a precision that it could only
/// emulate).
Result<Settings> choose_settings(const SessionOptions& wanted, const DeviceFacts& device);

}  // namespace tandem::openvino
