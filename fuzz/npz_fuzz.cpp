// SPDX-License-Identifier: Apache-2.0
// Any bytes as .npz.
#include <cstddef>
#include <cstdint>
#include <span>

#include "formats/file_content.h"
#include "formats/npz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  static_cast<void>(tandem::detect_content(bytes));
  const auto tensors = tandem::read_npz(bytes);
  std::size_t elements = 0;
  if (tensors) {
    for (const auto& entry : *tensors) elements += entry.tensor.element_count();
  }
  return elements == SIZE_MAX ? 1 : 0;
}
