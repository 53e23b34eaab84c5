// SPDX-License-Identifier: Apache-2.0
// Fuzzes the reader of ONNX models; what it accepts is verified, written and read again, and must then be the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "graph/onnx_reader.h"
#include "graph/onnx_writer.h"
#include "graph/verify.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto model = tandem::read_onnx(std::as_bytes(std::span(data, size)));
  if (!model) return 0;
  static_cast<void>(tandem::graph::verify(*model));
  const std::string written = tandem::encode_onnx(*model).value().bytes();
  const auto again = tandem::read_onnx(std::as_bytes(std::span(written)));
  if (!again || tandem::encode_onnx(*again).value().bytes() != written) std::abort();
  return 0;
}
