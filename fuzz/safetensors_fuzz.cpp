// SPDX-License-Identifier: Apache-2.0
// Any bytes as .safetensors: what is accepted takes every byte behind the header once.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>

#include "formats/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = tandem::read_safetensors(std::as_bytes(std::span(data, size)));
  if (!read) return 0;
  std::uint64_t header = 0;
  std::memcpy(&header, data, sizeof(header));
  std::size_t taken = 0;
  for (const auto& entry : read->tensors) taken += entry.tensor.byte_size();
  if (sizeof(header) + header + taken != size) std::abort();
  return 0;
}
