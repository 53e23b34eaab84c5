// SPDX-License-Identifier: Apache-2.0
// Fuzzes the reader of traceparent: what it takes of version 00, it writes again byte for byte.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "serve/observe/trace_context.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view header(reinterpret_cast<const char*>(data), size);
  const auto context = tandem::serve::parse_traceparent(header);
  if (!context) return 0;
  const auto again = tandem::serve::parse_traceparent(context->header());
  if (!again || *again != *context) __builtin_trap();
  if (header.starts_with("00") && context->header().substr(0, 53) != header.substr(0, 53)) __builtin_trap();
  return 0;
}
