// SPDX-License-Identifier: Apache-2.0
// Any bytes as an HDF5 file: no crash, and every dataset that opens is read or refused.
#include <cstddef>
#include <cstdint>
#include <span>

#include "formats/hdf5/hdf5_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = tandem::hdf5::File::open(std::as_bytes(std::span(data, size)));
  if (!file) return 0;
  std::size_t elements = 0;
  for (const auto& [path, object] : file->objects()) {
    if (!object.is_dataset) continue;
    const auto tensor = file->read(object);
    if (tensor) elements += tensor->element_count();
  }
  return elements == SIZE_MAX ? 1 : 0;
}
