// SPDX-License-Identifier: Apache-2.0
// Fuzzes TorchScript: as whole files, and the text of their code alone.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "convert/torchscript/parser.h"
#include "convert/torchscript/torchscript.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace torchscript = tandem::convert::torchscript;
  static_cast<void>(torchscript::parse_source({reinterpret_cast<const char*>(data), size}));
  const auto bytes = std::as_bytes(std::span(data, size));
  static_cast<void>(torchscript::inspect_torchscript(bytes));
  static_cast<void>(torchscript::convert_torchscript(bytes, nullptr, {}));
  return 0;
}
