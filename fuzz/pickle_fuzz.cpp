// SPDX-License-Identifier: Apache-2.0
// Any bytes as a pickle: values that hang together, and a report on the code that it names.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "formats/pickle.h"
#include "formats/pickle_report.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto document = tandem::PickleDocument::parse(bytes, {100'000, 100'000, 100'000, 1U << 20, 64U << 20});
  static_cast<void>(tandem::foreign_globals_of(bytes));
  if (!document) return 0;
  std::size_t references = document->globals().size();
  for (const tandem::PickleValue& value : document->values()) {
    references += value.class_name().size() + (value.argument(0) != nullptr ? 1 : 0);
    references += value.get("key") != nullptr ? 1 : 0;
    for (const tandem::PickleValue* item : value.items) references += item->text.size();
  }
  if (document->size() > size || references == SIZE_MAX) std::abort();
  return 0;
}
