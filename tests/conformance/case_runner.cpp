// SPDX-License-Identifier: Apache-2.0
// Reads inputs, runs, compares with the expected outputs; tolerance.txt holds the case's own "relative absolute".
#include "conformance/case_runner.h"

#include <algorithm>
#include <sstream>

#include "base/file.h"
#include "core/tolerance.h"
#include "graph/onnx_tensor.h"

namespace tandem::conformance {
namespace {

Tolerance read_tolerance(const std::filesystem::path& folder) {
  Tolerance tolerance;
  if (const auto text = read_file(folder / "tolerance.txt")) {
    std::istringstream(*text) >> tolerance.relative >> tolerance.absolute;
  }
  return tolerance;
}

Result<std::vector<Tensor>> read_tensors(const std::filesystem::path& folder, const std::string& prefix) {
  std::vector<Tensor> tensors;
  for (std::size_t i = 0;; ++i) {
    const auto path = folder / (prefix + "_" + std::to_string(i) + ".pb");
    if (!std::filesystem::exists(path)) return tensors;
    const std::string bytes = TRY(read_file(path));
    const auto message = std::as_bytes(std::span(bytes));
    auto read = onnx::read_tensor({message, message}, nullptr);
    if (!read) return fail(read.error().with_context(path.filename().string()));
    tensors.push_back(std::move(read->tensor));
  }
}

Status compare_all(std::span<const Tensor> got, std::span<const Tensor> want, Tolerance tolerance) {
  for (std::size_t i = 0; i < want.size(); ++i) {
    const Difference difference = compare(got[i], want[i], tolerance);
    if (!difference.within) return fail(Code::kDataLoss, "output " + std::to_string(i) + ": " + difference.reason);
  }
  return {};
}

/// The caller's memory for every output, filled with what no right answer leaves there.
Result<std::vector<Tensor>> spoiled_outputs(std::span<const Tensor> want) {
  std::vector<Tensor> outputs;
  for (const auto& tensor : want) {
    outputs.push_back(TRY(Tensor::allocate(tensor.dtype(), tensor.shape())));
    if (tensor.dtype() != DType::kString) std::ranges::fill(outputs.back().mutable_bytes(), std::byte{0x55});
  }
  return outputs;
}

/// Sequences, maps and optionals are stored as other messages than TensorProto, so their files are not even read.
Status check_only_tensors(const ModelInfo& info) {
  for (const auto* specs : {&info.inputs, &info.outputs}) {
    for (const auto& spec : *specs) {
      if (spec.dtype == DType::kUndefined) return fail(Code::kUnimplemented, "'" + spec.name + "' is no tensor");
    }
  }
  return {};
}

Status run_data_set(Session& session, const std::filesystem::path& folder, Tolerance tolerance) {
  const auto inputs = TRY(read_tensors(folder, "input"));
  const auto want = TRY(read_tensors(folder, "output"));
  if (want.size() != session.info().outputs.size()) return invalid_argument("the case has not one value an output");
  const auto allocated = TRY(session.run(inputs));
  TRY(compare_all(allocated, want, tolerance));
  auto given = TRY(spoiled_outputs(want));
  if (Status ran = session.run(inputs, given); !ran) return fail(ran.error().with_context("into the caller's memory"));
  if (Status same = compare_all(given, want, tolerance); !same) {
    return fail(same.error().with_context("into the caller's memory"));
  }
  return {};
}

}  // namespace

Status run_case(Engine& engine, const std::filesystem::path& folder) {
  SessionOptions options;
  options.device = Device::kCpu;
  const auto session = TRY(engine.load(folder / "model.onnx", options));
  TRY(check_only_tensors(session->info()));
  const Tolerance tolerance = read_tolerance(folder);
  for (std::size_t i = 0; std::filesystem::exists(folder / ("test_data_set_" + std::to_string(i))); ++i) {
    TRY(run_data_set(*session, folder / ("test_data_set_" + std::to_string(i)), tolerance));
  }
  return {};
}

}  // namespace tandem::conformance
