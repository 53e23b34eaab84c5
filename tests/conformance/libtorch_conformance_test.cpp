// SPDX-License-Identifier: Apache-2.0
// The conformance of LibTorch: every TorchScript file of a folder gives what PyTorch gave when it was written, and the
// same as ONNX Runtime on the model that is made of it.
// libtorch_conformance FOLDER CANNOT_LIST [NAME...]
// FOLDER/NAME.pt stand beside FOLDER/NAME.npz, as in import_conformance_test.cpp.
#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "base/log.h"
#include "conformance/golden_cases.h"
#include "convert/importer/importer.h"
#include "core/tolerance.h"
#include "engines/libtorch/libtorch_engine.h"
#include "engines/onnxruntime/onnxruntime_engine.h"
#include "formats/npz.h"

namespace tandem::conformance {
namespace {

namespace fs = std::filesystem;

constexpr int kSkippedTest = 77;
/// Of an output's largest magnitude: both engines may be kGoldenTolerance from PyTorch, in different directions.
constexpr double kBetweenEngines = 2 * kGoldenTolerance;

Status check_same(const std::string& name, const Tensor& got, const Tensor& want, double tolerance) {
  const Difference difference = compare_scaled(got, want, tolerance);
  if (difference.within) return {};
  return fail(Code::kDataLoss, fmt::format("'{}': {}", name, difference.reason));
}

/// Names, types and sizes that LibTorch's session says against what came.
Status check_stated(const TensorSpec& spec, const Tensor& output) {
  if (spec.dtype == output.dtype() && spec.shape.accepts(output.shape())) return {};
  return fail(Code::kDataLoss, fmt::format("stated as {}, came as {}", to_string(spec), to_string(output)));
}

Status check_golden(const ModelInfo& info, const std::vector<Tensor>& outputs, const std::vector<NamedTensor>& golden) {
  if (outputs.size() + info.inputs.size() != golden.size()) return internal_error("not every output was compared");
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const TensorSpec& spec = info.outputs[i];
    TRY(check_stated(spec, outputs[i]));
    const bool named = find_tensor(golden, spec.name) != nullptr;
    const Tensor want = TRY(golden_array(golden, named ? spec.name : fmt::format("output_{}", i)));
    TRY(check_same(spec.name, outputs[i], want, kGoldenTolerance));
  }
  return {};
}

Status check_against_onnx(const fs::path& file, const ModelInfo& info, const std::vector<Tensor>& outputs,
                          const std::vector<NamedTensor>& golden) {
  const convert::ImportedModel imported = TRY(convert::import_model(file));
  const graph::Model& model = imported.conversion.models.front().model;
  const auto engine = make_onnxruntime_engine();
  const auto theirs = TRY(run_on_golden(*engine, model, golden));
  if (theirs.size() != outputs.size()) return internal_error("ONNX Runtime gives another number of outputs");
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (model.graph.outputs[i].name != info.outputs[i].name) {
      return internal_error(
          fmt::format("'{}' is called '{}' in the converted model", info.outputs[i].name, model.graph.outputs[i].name));
    }
    TRY(check_same(info.outputs[i].name, outputs[i], theirs[i], kBetweenEngines));
  }
  return {};
}

Status check_script(Engine& engine, const fs::path& file) {
  const MappedFile arrays = TRY(MappedFile::open(fs::path(file).replace_extension(".npz")));
  const std::vector<NamedTensor> golden = TRY(read_npz(arrays.bytes()));
  SessionOptions options;
  options.device = Device::kCpu;
  const auto session = TRY(engine.load(file, options));
  std::vector<Tensor> inputs;
  for (const TensorSpec& input : session->info().inputs) inputs.push_back(TRY(golden_array(golden, input.name)));
  const std::vector<Tensor> outputs = TRY(session->run(inputs));
  TRY(check_golden(session->info(), outputs, golden));
  return check_against_onnx(file, session->info(), outputs, golden);
}

std::vector<fs::path> scripts_of(const fs::path& folder, std::span<char*> names) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string stem = entry.path().stem().string();
    const bool wanted = names.empty() || std::ranges::any_of(names, [&](const char* name) { return stem == name; });
    if (entry.path().extension() == ".pt" && wanted) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

int run_libtorch(const fs::path& folder, const fs::path& list, std::span<char*> names) {
  log::configure(log::Level::kOff, log::Format::kText);
  const auto engine = make_libtorch_engine({TANDEM_LIBTORCH_LIBRARY});
  if (const Status available = engine->available(); !available) {
    fmt::print("skipped: {}\n", available.error().message);
    return kSkippedTest;
  }
  return check_files(scripts_of(folder, names), list,
                     [&](const fs::path& file) { return check_script(*engine, file); });
}

}  // namespace
}  // namespace tandem::conformance

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: {} FOLDER CANNOT_LIST [NAME...]\n", argv[0]);
    return 2;
  }
  const std::span arguments(argv, static_cast<std::size_t>(argc));
  return tandem::conformance::run_libtorch(argv[1], argv[2], arguments.subspan(3));
}
