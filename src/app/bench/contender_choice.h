// SPDX-License-Identifier: Apache-2.0
// ContenderChoice: one of --engines: an engine, perhaps with options of its own ("onnxruntime:threads=1").
#pragma once

#include <string>
#include <string_view>

#include "app/models/session_flags.h"
#include "base/error.h"

namespace tandem::app {

/// "onnxruntime", "openvino:precision=bf16", "onnxruntime:graph_optimization=none:threads=1".
struct ContenderChoice {
  std::string name;      // as it was written, which is how the contender is called
  SessionFlags session;  // the flags of all, with its own engine and options
};

/// all  what holds for those that say nothing else
/// Errors: invalid_argument (a key that there is not, a value that it does not take)
Result<ContenderChoice> parse_contender_choice(std::string_view text, const SessionFlags& all);

}  // namespace tandem::app
