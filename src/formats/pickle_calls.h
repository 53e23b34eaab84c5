// SPDX-License-Identifier: Apache-2.0
// The calls in a pickle that mean plain data: which they are, and what their result is.
#pragma once

#include <cstdint>
#include <string_view>

namespace tandem {

/// What becomes of a call of a known global.
enum class PickleCall : std::uint8_t {
  kUnknown,    // stays an object
  kDict,       // its entries, from arguments or added later
  kList,       // the items of its first argument
  kTuple,      // the same
  kSet,        // the same
  kBytes,      // text or bytes
  kTensor,     // TorchObjects::tensor reads the arguments
  kParameter,  // the tensor that is its first argument
  kRetyped,    // a call of another function: (function, type, arguments, state)
  kScalar,     // a number of NumPy
  kInstance,   // an object of the class that is its first argument
  kSame,       // its first argument
};

PickleCall pickle_call(std::string_view module, std::string_view name);

}  // namespace tandem
