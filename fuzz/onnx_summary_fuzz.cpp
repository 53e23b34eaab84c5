// SPDX-License-Identifier: Apache-2.0
// Fuzzes the reader of ONNX files behind `tandem inspect`.
#include <cstddef>
#include <cstdint>
#include <span>

#include "graph/onnx_summary.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static_cast<void>(tandem::summarize_onnx(std::as_bytes(std::span(data, size))));
  return 0;
}
