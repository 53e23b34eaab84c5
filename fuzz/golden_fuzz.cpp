// SPDX-License-Identifier: Apache-2.0
// Any bytes as a golden vector: no crash, and what was read is written and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "formats/golden_vector.h"

namespace {

tandem::ModelInfo model() {
  tandem::ModelInfo info;
  info.inputs.push_back({"input", tandem::DType::kFloat32, {{tandem::Dim::symbol("n"), tandem::Dim::symbol("m")}}});
  info.outputs.push_back({"output", tandem::DType::kFloat32, {{tandem::Dim::symbol("n"), tandem::Dim::symbol("k")}}});
  return info;
}

bool has_only_numbers(const tandem::GoldenVector& golden) {
  for (const auto* tensors : {&golden.inputs, &golden.outputs}) {
    for (const tandem::NamedTensor& tensor : *tensors) {
      if (tensor.tensor.dtype() == tandem::DType::kString) return false;
    }
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto golden = tandem::read_golden(std::as_bytes(std::span(data, size)), model());
  // NumPy's own rules do not let us write every string that can be read.
  if (!golden || !has_only_numbers(*golden)) return 0;
  const auto written = tandem::write_golden(*golden);
  if (!written || !tandem::read_golden(*written, model())) std::abort();
  return 0;
}
