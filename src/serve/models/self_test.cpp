// SPDX-License-Identifier: Apache-2.0
// One run, one comparison an output.
#include "serve/models/self_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/file.h"
#include "core/tolerance.h"
#include "formats/golden_vector.h"

namespace tandem::serve {
namespace {

/// In the model's order; an optional input that the golden vector leaves out is an empty tensor.
Result<std::vector<Tensor>> make_inputs(const GoldenVector& golden, const ModelInfo& model) {
  std::vector<Tensor> inputs;
  for (const TensorSpec& spec : model.inputs) {
    const Tensor* tensor = find_tensor(golden.inputs, spec.name);
    if (tensor != nullptr) TRY(check_matches(spec, *tensor));
    inputs.push_back(tensor == nullptr ? Tensor() : tensor->view());
  }
  return inputs;
}

/// The largest difference, as a share of the output's largest value.
Result<double> compare_outputs(const GoldenVector& golden, const ModelInfo& model, const std::vector<Tensor>& outputs) {
  double worst = 0;
  for (std::size_t i = 0; i < model.outputs.size() && i < outputs.size(); ++i) {
    const Tensor* wanted = find_tensor(golden.outputs, model.outputs[i].name);
    if (wanted == nullptr) continue;
    const Difference difference = compare_scaled(outputs[i], *wanted, golden.tolerance);
    if (!difference.within) {
      return fail(Code::kFailedPrecondition,
                  fmt::format("the self-test failed: output '{}' differs from the golden vector by {:.3g}, {:.3g} of "
                              "its largest value ({:.3g} is allowed): {}",
                              model.outputs[i].name, difference.max_absolute, difference.max_relative, golden.tolerance,
                              difference.reason));
    }
    worst = std::max(worst, difference.max_relative);
  }
  return worst;
}

Result<std::string> run_test(Session& session, const std::filesystem::path& file) {
  const MappedFile bytes = TRY(MappedFile::open(file));
  const GoldenVector golden = TRY(read_golden(bytes.bytes(), session.info()));
  const std::vector<Tensor> inputs = TRY(make_inputs(golden, session.info()));
  const std::vector<Tensor> outputs = TRY(session.run(inputs));
  const double worst = TRY(compare_outputs(golden, session.info(), outputs));
  return fmt::format("self-test passed: {:.2g} of the largest value apart, {:.2g} is allowed", worst, golden.tolerance);
}

}  // namespace

Result<std::string> self_test(Session& session, const std::filesystem::path& golden) {
  if (golden.empty()) return "no golden vector";
  auto tested = run_test(session, golden);
  if (!tested) return fail(tested.error().with_context(golden.filename().string()));
  return tested;
}

}  // namespace tandem::serve
