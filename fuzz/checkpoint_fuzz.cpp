// SPDX-License-Identifier: Apache-2.0
// Fuzzes the readers of checkpoints: zip archives, pickles, PyTorch's tensors, NumPy's archives.
#include <cstddef>
#include <cstdint>
#include <span>

#include "formats/checkpoint.h"
#include "formats/npz.h"
#include "formats/pickle.h"
#include "formats/torch_checkpoint.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  // The pickle alone, too: inside an archive the checksum keeps most mutations out.
  static_cast<void>(tandem::PickleDocument::parse(bytes));
  static_cast<void>(tandem::detect_content(bytes));
  static_cast<void>(tandem::read_npz(bytes));
  const auto checkpoint = tandem::read_torch_checkpoint(bytes);
  std::size_t elements = 0;
  if (checkpoint) {
    for (const auto& entry : checkpoint->tensors) elements += entry.tensor.bytes().size();
  }
  return elements == SIZE_MAX ? 1 : 0;
}
