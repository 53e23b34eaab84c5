// SPDX-License-Identifier: Apache-2.0
// A compiled model behind Session.
#pragma once

#include <memory>
#include <string>

#include "core/model_info.h"
#include "engine/engine.h"

namespace ov {
class CompiledModel;
}

namespace tandem::openvino {

struct SessionFacts {
  ModelInfo info;  // as the file says it; the ports complete it
  std::string description;
  int threads = 1;   // of one run
  int requests = 1;  // runs that go on at the same time
};

/// May throw what OpenVINO throws. Errors: invalid_argument (inputs or outputs are not those of the file)
Result<std::unique_ptr<Session>> make_session(ov::CompiledModel& compiled, SessionFacts facts);

}  // namespace tandem::openvino
