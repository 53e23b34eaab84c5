// SPDX-License-Identifier: Apache-2.0
// Any bytes as a PyTorch checkpoint: the archive, the pickle and the tensors together. Each alone has a target of its
// own, because an archive's checksums keep most mutations out.
#include <cstddef>
#include <cstdint>
#include <span>

#include "formats/torch_checkpoint.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto checkpoint = tandem::read_torch_checkpoint(bytes);
  std::size_t elements = 0;
  if (checkpoint) {
    for (const auto& entry : checkpoint->tensors) elements += entry.tensor.bytes().size();
  }
  return elements == SIZE_MAX ? 1 : 0;
}
