// SPDX-License-Identifier: Apache-2.0
// Any bytes as the pickle of a torch file over storages of the same bytes: no tensor reaches out of them. The archive
// around it, whose checksums keep most mutations out, is another target's.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <span>

#include "formats/torch_module.h"
#include "formats/torch_tensors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto document = tandem::PickleDocument::parse(bytes, {100'000, 100'000, 100'000, 1U << 20, 64U << 20});
  if (!document) return 0;
  tandem::TorchStorages storages;
  storages.big_endian = size % 2 == 1;
  for (const char* key : {"0", "1", "2"}) {
    const auto numel = document->size() * (key[0] == '0' ? 16U : key[0] == '1' ? 4U : 1U);
    storages.by_key.emplace(key, bytes.first(numel < size ? numel : size / 8 * 8));
  }
  tandem::TorchTensors tensors(storages, tandem::CopyBudget::for_file(size), nullptr);
  for (const tandem::PickleValue& value : document->values()) {
    if (tandem::is_torch_module(value)) static_cast<void>(tandem::read_torch_module(value));
    if (value.kind != tandem::PickleKind::kTensor) continue;
    const auto tensor = tensors.rebuild(value);
    if (!tensor) continue;
    const auto elements = tensor->bytes();
    // Every byte is read, so that the address sanitizer sees one that is not the tensor's.
    if (std::accumulate(elements.begin(), elements.end(), std::size_t{0}, [](std::size_t sum, std::byte byte) {
          return sum + std::to_integer<std::size_t>(byte);
        }) == SIZE_MAX) {
      std::abort();
    }
  }
  return 0;
}
