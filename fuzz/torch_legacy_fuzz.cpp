// SPDX-License-Identifier: Apache-2.0
// A file of torch before 1.6 whose magic number and protocol are right, and then any bytes: object, keys, storages.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

#include "formats/torch_checkpoint.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string file("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}.");
  file.append(reinterpret_cast<const char*>(data), size);
  const auto checkpoint = tandem::read_torch_checkpoint(std::as_bytes(std::span(file)));
  std::size_t elements = 0;
  if (checkpoint) {
    for (const auto& entry : checkpoint->tensors) elements += entry.tensor.bytes().size();
  }
  return elements == SIZE_MAX ? 1 : 0;
}
