// SPDX-License-Identifier: Apache-2.0
// The conformance of networks: state dicts with recipe weights, converted, give what the original framework gave.
// networks_conformance CASES_FOLDER [NAME...]
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <span>

#include "base/log.h"
#include "conformance/golden_cases.h"
#include "convert/networks/networks.h"
#include "core/tolerance.h"
#include "engines/onnxruntime/onnxruntime_engine.h"
#include "support/recipe_weights.h"

namespace tandem::conformance {
namespace {

namespace fs = std::filesystem;

/// The elements of an output that the case keeps.
Result<Tensor> sampled(const Tensor& output, const recipe::Expected& expected) {
  if (output.shape() != expected.shape || output.dtype() != DType::kFloat32) {
    return fail(Code::kDataLoss,
                fmt::format("'{}' is {} {}: expected float32 {}", expected.name, dtype_name(output.dtype()),
                            to_string(output.shape()), to_string(expected.shape)));
  }
  std::vector<float> kept;
  const auto values = output.values<float>();
  for (std::size_t i = 0; i < values.size(); i += expected.every) kept.push_back(values[i]);
  return Tensor::from<float>({static_cast<std::int64_t>(kept.size())}, std::span<const float>(kept));
}

Status check_output(const Tensor& output, const recipe::Expected& expected) {
  const Tensor got = TRY(sampled(output, expected));
  const Tensor want = TRY(Tensor::from<float>({static_cast<std::int64_t>(expected.values.size())},
                                              std::span<const float>(expected.values)));
  const Difference difference = compare_scaled(got, want, kGoldenTolerance);
  if (!difference.within) return fail(Code::kDataLoss, fmt::format("'{}': {}", expected.name, difference.reason));
  fmt::print("        {}: {} differs by at most {:.2g} of {:.3g}\n", expected.name, to_string(expected.shape),
             difference.max_absolute, difference.largest);
  return {};
}

Status check_model(Engine& engine, const convert::ConvertedModel& model, const recipe::ModelCase& expected) {
  const auto outputs = TRY(run_on_golden(engine, model.model, expected.inputs));
  for (const recipe::Expected& want : expected.outputs) {
    const auto& specs = model.model.graph.outputs;
    const auto spec = std::ranges::find(specs, want.name, &TensorSpec::name);
    if (spec == specs.end()) return not_found(fmt::format("the model has no output '{}'", want.name));
    TRY(check_output(outputs[static_cast<std::size_t>(spec - specs.begin())], want));
  }
  return {};
}

/// Whichever place a network has in the list, it is the only one that takes its checkpoints.
Status check_unambiguous(const Checkpoint& checkpoint) {
  const convert::Weights weights = convert::weights_of(checkpoint);
  std::vector<std::string_view> takers;
  for (const convert::Network* network : convert::networks()) {
    if (network->matches(weights)) takers.push_back(network->name);
  }
  if (takers.size() == 1) return {};
  return fail(Code::kDataLoss, fmt::format("taken by [{}]: expected one network", fmt::join(takers, ", ")));
}

Status check_case(Engine& engine, const fs::path& file) {
  const recipe::NetworkCase network = TRY(recipe::read_case(file));
  TRY(check_unambiguous(network.checkpoint));
  const convert::Conversion conversion = TRY(convert::convert_state_dict(network.checkpoint, network.options));
  if (!network.network.empty() && conversion.network != network.network) {
    return fail(Code::kDataLoss, fmt::format("recognized as {}: expected {}", conversion.network, network.network));
  }
  for (const recipe::ModelCase& expected : network.models) {
    const auto model = std::ranges::find(conversion.models, expected.part, &convert::ConvertedModel::part);
    if (model == conversion.models.end()) return not_found(fmt::format("there is no part '{}'", expected.part));
    TRY(check_model(engine, *model, expected));
  }
  return {};
}

bool is_wanted(const fs::path& file, std::span<char*> names) {
  const std::string stem = file.stem().string();
  return file.extension() == ".json" &&
         (names.empty() || std::ranges::any_of(names, [&](const char* name) { return stem == name; }));
}

int run_suite(const fs::path& folder, std::span<char*> names) {
  log::configure(log::Level::kOff, log::Format::kText);
  const auto engine = make_onnxruntime_engine();
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (is_wanted(entry.path(), names)) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  int wrong = 0;
  for (const fs::path& file : files) {
    const Status status = check_case(*engine, file);
    fmt::print("{}  {}{}\n", status ? "passed" : "FAILED", file.stem().string(),
               status ? "" : ": " + status.error().message);
    wrong += status ? 0 : 1;
  }
  if (files.empty()) fmt::print("no case was found in {}\n", folder.string());
  return wrong == 0 && !files.empty() ? 0 : 1;
}

}  // namespace
}  // namespace tandem::conformance

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: {} CASES_FOLDER [NAME...]\n", argv[0]);
    return 2;
  }
  return tandem::conformance::run_suite(argv[1], std::span(argv, static_cast<std::size_t>(argc)).subspan(2));
}
