// SPDX-License-Identifier: Apache-2.0
// ExportedProgram: what torch.export wrote of a network: its calls, what goes in and out, and which weights it names.
//
// Source: torch/_export/serde/schema.py of PyTorch (ExportedProgram, GraphModule, Graph), schema versions 7 and 8.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "convert/aten/call.h"

namespace tandem::convert::exported {

/// One input of the graph: most are weights.
struct InputSpec {
  enum class Kind { kWeight, kConstant, kUser };
  Kind kind = Kind::kUser;
  std::string value;  // its name in the graph; "" for a user's input that is no tensor and no symbolic number
  std::string path;   // of a weight or constant: "layer1.0.conv1.weight"
};

struct OutputSpec {
  enum class Kind { kUser, kMutation };
  Kind kind = Kind::kUser;
  std::string value;  // "" for what is no tensor and no symbolic number
};

struct ExportedProgram {
  std::int64_t schema_major = 0;
  std::int64_t schema_minor = 0;
  std::string torch_version;  // "" when the file does not say
  bool training_ir = false;   // else core ATen
  std::string network;        // the class of the network: "ResNet"; "" when the file does not say
  std::vector<InputSpec> inputs;
  std::vector<OutputSpec> outputs;
  std::vector<std::string> argument_names;               // of forward()
  std::optional<std::vector<std::string>> output_names;  // one a user's output
  std::vector<aten::Call> calls;
  std::map<std::string, aten::ValueInfo, std::less<>> values;
  std::vector<std::string> warnings;
};

/// Errors: invalid_argument (not of the schema: which node or field), unimplemented (schema versions and kinds of
/// arguments that are not known, objects of Python's as inputs), resource_exhausted.
Result<ExportedProgram> read_program(std::string_view json);

}  // namespace tandem::convert::exported
