// SPDX-License-Identifier: Apache-2.0
// Fuzzes the readers of the messages between who measures and the processes of the sides: the first byte is the kind.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "bench/process/messages.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace bench = tandem::bench;
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (static_cast<bench::MessageKind>(data[0])) {
    case bench::MessageKind::kLoad: static_cast<void>(bench::parse_load(body)); break;
    case bench::MessageKind::kAddInputs: static_cast<void>(bench::parse_tensors(body)); break;
    case bench::MessageKind::kPrepare: static_cast<void>(bench::parse_info(body)); break;
    case bench::MessageKind::kRunSet: static_cast<void>(bench::parse_number(body)); break;
    case bench::MessageKind::kLoaded: static_cast<void>(bench::parse_loaded(body)); break;
    case bench::MessageKind::kAnswer: static_cast<void>(bench::parse_answer(body)); break;
    case bench::MessageKind::kBlock: static_cast<void>(bench::parse_block(body)); break;
    case bench::MessageKind::kMemoryUse: static_cast<void>(bench::parse_memory_use(body)); break;
    case bench::MessageKind::kFailed: static_cast<void>(bench::parse_error(body)); break;
    default: break;
  }
  return 0;
}
