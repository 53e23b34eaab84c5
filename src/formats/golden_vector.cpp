// SPDX-License-Identifier: Apache-2.0
// Arrays are told apart by the model's own names.
#include "formats/golden_vector.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "formats/npz.h"
#include "formats/npz_writer.h"

namespace tandem {
namespace {

constexpr std::string_view kToleranceName = "__tolerance__";

bool has(const std::vector<TensorSpec>& specs, std::string_view name) {
  return std::any_of(specs.begin(), specs.end(), [&](const TensorSpec& spec) { return spec.name == name; });
}

Result<double> read_tolerance(const Tensor& tensor) {
  const bool one_number = tensor.dtype() == DType::kFloat64 && tensor.element_count() == 1;
  const double value = one_number ? tensor.values<double>()[0] : -1;
  if (std::isfinite(value) && value >= 0) return value;
  return invalid_argument(fmt::format("golden vector: {} must be one float64 from 0, it is {}", kToleranceName,
                                      one_number ? fmt::format("{}", value) : to_string(tensor)));
}

Status check_complete(const GoldenVector& golden, const ModelInfo& model) {
  for (const TensorSpec& input : model.inputs) {
    if (input.optional || find_tensor(golden.inputs, input.name) != nullptr) continue;
    return invalid_argument(fmt::format("golden vector: there is no array for the input {}", to_string(input)));
  }
  if (!golden.outputs.empty()) return {};
  return invalid_argument("golden vector: there is no array with the name of an output");
}

}  // namespace

Result<GoldenVector> read_golden(std::span<const std::byte> file, const ModelInfo& model) {
  GoldenVector golden;
  std::vector<NamedTensor> arrays = TRY(read_npz(file));
  for (NamedTensor& array : arrays) {
    if (has(model.inputs, array.name)) {
      golden.inputs.push_back(std::move(array));
    } else if (has(model.outputs, array.name)) {
      golden.outputs.push_back(std::move(array));
    } else if (array.name == kToleranceName) {
      golden.tolerance = TRY(read_tolerance(array.tensor));
    } else {
      return invalid_argument(
          fmt::format("golden vector: '{}' is neither an input nor an output of the model", array.name.substr(0, 200)));
    }
  }
  TRY(check_complete(golden, model));
  return golden;
}

Result<std::vector<std::byte>> write_golden(const GoldenVector& golden) {
  std::vector<NamedTensor> arrays;
  for (const NamedTensor& input : golden.inputs) arrays.push_back({input.name, input.tensor.view()});
  for (const NamedTensor& output : golden.outputs) arrays.push_back({output.name, output.tensor.view()});
  const double tolerance[] = {golden.tolerance};
  Tensor number = TRY(Tensor::from<double>({1}, tolerance));
  arrays.push_back({std::string(kToleranceName), std::move(number)});
  return write_npz(arrays);
}

}  // namespace tandem
