// SPDX-License-Identifier: Apache-2.0
// Fuzzes the questions of gRPC's reflection: whatever is asked, the answer is a message.
#include <cstddef>
#include <cstdint>

#include "base/protobuf_wire.h"
#include "serve/grpc/descriptors.h"
#include "serve/grpc/reflection.h"

using namespace tandem::serve;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Descriptors known(descriptor_set());
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto answer = reflection_answer(known, bytes);
  if (!answer) return 0;
  tandem::ProtobufReader reader(std::as_bytes(std::span(*answer)));
  while (reader.next()) {
  }
  if (reader.damaged()) __builtin_trap();
  return 0;
}
