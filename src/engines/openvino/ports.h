// SPDX-License-Identifier: Apache-2.0
// Which of a compiled model's ports is which input or output of the file.
#pragma once

#include <cstddef>
#include <vector>

#include "base/error.h"
#include "core/model_info.h"

namespace ov {
class CompiledModel;
}

namespace tandem::openvino {

/// Where there is none.
inline constexpr std::size_t kNone = static_cast<std::size_t>(-1);

struct Ports {
  std::vector<std::size_t> inputs;   // one for each of ModelInfo::inputs; kNone: OpenVINO needs no value for it
  std::vector<std::size_t> outputs;  // one for each of ModelInfo::outputs
  /// One for each of ModelInfo::outputs: the input that it is, unchanged; else kNone. OpenVINO takes memory that is set
  /// for such an output as the input's.
  std::vector<std::size_t> passed_inputs;
};

/// info  as the file says it; inputs for which OpenVINO took the default are removed, and what the file leaves open is
///       filled in
/// May throw what OpenVINO throws. Errors: invalid_argument (an input or output without a port)
Result<Ports> match_ports(const ov::CompiledModel& compiled, ModelInfo& info);

}  // namespace tandem::openvino
