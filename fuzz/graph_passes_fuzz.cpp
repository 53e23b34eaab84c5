// SPDX-License-Identifier: Apache-2.0
// Fuzzes what is done to graphs: what the reader and the verifier accept has its shapes inferred, is simplified and is
// written in another opset, and must then still be sound.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "graph/onnx_reader.h"
#include "graph/onnx_writer.h"
#include "graph/opset/convert_opset.h"
#include "graph/passes/simplify.h"
#include "graph/shapes/infer_shapes.h"
#include "graph/verify.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tandem;
  auto model = read_onnx(std::as_bytes(std::span(data, size)));
  if (!model || !graph::verify(*model)) return 0;
  static_cast<void>(graph::infer_shapes(model->graph));
  graph::PassOptions options;
  options.added = {"note-shapes"};
  const auto report = graph::simplify(*model, options);
  // A pass that breaks a sound model is a bug; only memory may be refused.
  if (!report && report.error().code == Code::kInternal) std::abort();
  if (!report) return 0;
  const std::string simplified = encode_onnx(*model).value().bytes();
  for (const std::int64_t opset : {11, 13, 17, 21}) {
    auto again = read_onnx(std::as_bytes(std::span(simplified)));
    if (!again) std::abort();
    const Status converted = graph::convert_opset(*again, opset);
    if (!converted && converted.error().code == Code::kInternal) std::abort();
  }
  return 0;
}
