// SPDX-License-Identifier: Apache-2.0
// InputHint: what a person says of a model's input where its file does not: TorchScript states neither types nor
// shapes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "core/dtype.h"

namespace tandem {

struct InputHint {
  std::string name;
  DType dtype = DType::kUndefined;  // kUndefined: as the file says, else float32
  std::vector<std::int64_t> shape;  // -1: any size

  friend bool operator==(const InputHint&, const InputHint&) = default;
};

/// "x=-1x3x224x224", "ids=int64:1x128"; "x=scalar" has no dimensions.
/// Errors: invalid_argument, with what was expected.
Result<InputHint> parse_input_hint(std::string_view text);
/// The text that parse_input_hint() makes the hint of.
std::string to_string(const InputHint& hint);

}  // namespace tandem
