// SPDX-License-Identifier: Apache-2.0
// Any bytes as .npy: no crash, and what was read is written and read again to the same tensor.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "core/tolerance.h"
#include "formats/npy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto tensor = tandem::read_npy(std::as_bytes(std::span(data, size)));
  if (!tensor) return 0;
  const auto written = tandem::write_npy(*tensor);
  if (!written) {
    // Only strings can be read that NumPy's own rules do not let us write.
    if (tensor->dtype() != tandem::DType::kString) std::abort();
    return 0;
  }
  const auto again = tandem::read_npy(*written);
  if (!again || !tandem::compare(*again, *tensor, {0, 0}).within) std::abort();
  return 0;
}
