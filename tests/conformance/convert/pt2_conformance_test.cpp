// SPDX-License-Identifier: Apache-2.0
// The conformance of .pt2 files: every fixture, converted, gives in ONNX Runtime the outputs that PyTorch gave.
// pt2_conformance FIXTURES_FOLDER CANNOT_LIST [NAME]
#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "base/log.h"
#include "conformance/cannot_list.h"
#include "convert/importer/importer.h"
#include "core/tolerance.h"
#include "engines/onnxruntime/onnxruntime_engine.h"
#include "formats/npz.h"
#include "graph/onnx_writer.h"

namespace tandem::conformance {
namespace {

namespace fs = std::filesystem;

/// Of the largest magnitude of an output.
constexpr double kTolerance = 1e-5;

/// The arrays of NAME.pt2 and of NAME_core.pt2 are those of NAME.npz.
Result<std::vector<NamedTensor>> read_arrays(const fs::path& file) {
  std::string name = file.stem().string();
  if (name.ends_with("_core")) name.resize(name.size() - 5);
  const MappedFile arrays = TRY(MappedFile::open(file.parent_path() / (name + ".npz")));
  return read_npz(arrays.bytes());
}

Result<Tensor> find(const std::vector<NamedTensor>& arrays, const std::string& name) {
  const Tensor* found = find_tensor(arrays, name);
  if (found == nullptr) return not_found(fmt::format("the fixture has no array '{}'", name));
  return found->view();
}

/// All outputs that differ, by name.
Result<std::string> differing(const std::vector<Tensor>& outputs, const ModelInfo& info,
                              const std::vector<NamedTensor>& arrays) {
  std::string text;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Tensor want = TRY(find(arrays, fmt::format("output_{}", i)));
    const Difference difference = compare_scaled(outputs[i], want, kTolerance);
    if (!difference.within) text += fmt::format("\n        {}: {}", info.outputs[i].name, difference.reason);
  }
  return text;
}

Status check_fixture(Engine& engine, const fs::path& file) {
  const convert::ImportedModel imported = TRY(convert::import_model(file));
  const std::string bytes = TRY(encode_onnx(imported.conversion.models.front().model)).bytes();
  const auto session = TRY(engine.load_bytes(std::as_bytes(std::span(bytes)), SessionOptions{}));
  const auto arrays = TRY(read_arrays(file));
  std::vector<Tensor> inputs;
  for (const TensorSpec& input : session->info().inputs) inputs.push_back(TRY(find(arrays, input.name)));
  const auto outputs = TRY(session->run(inputs));
  const std::string differences = TRY(differing(outputs, session->info(), arrays));
  if (!differences.empty()) return fail(Code::kDataLoss, "outputs differ from PyTorch's:" + differences);
  return {};
}

std::vector<fs::path> fixtures_in(const fs::path& folder, const std::string& only) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".pt2") continue;
    if (only.empty() || entry.path().stem() == only) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

/// Nothing in the list may pass, and nothing outside it may fail.
int run_suite(const fs::path& folder, const fs::path& list_path, const std::string& only) {
  log::configure(log::Level::kOff, log::Format::kText);
  const auto engine = make_onnxruntime_engine();
  const auto list = read_cannot_list(list_path);
  if (!list) {
    fmt::print(stderr, "{}\n", list.error().message);
    return 1;
  }
  int passed = 0;
  int wrong = 0;
  for (const fs::path& file : fixtures_in(folder, only)) {
    const std::string name = file.stem().string();
    const Status status = check_fixture(*engine, file);
    const Cannot* cannot = find_cannot(*list, name, status);
    if (status.has_value() == (cannot == nullptr)) {
      fmt::print("{}  {}{}\n", status ? "passed" : "cannot", name, cannot == nullptr ? "" : ": " + cannot->reason);
      passed += status ? 1 : 0;
    } else {
      fmt::print("FAILED  {}: {}\n", name, status ? "passes; the list says it cannot" : status.error().message);
      ++wrong;
    }
  }
  fmt::print("{} fixtures passed, {} did not\n", passed, wrong);
  return wrong == 0 && passed > 0 ? 0 : 1;
}

}  // namespace
}  // namespace tandem::conformance

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) {
    fmt::print(stderr, "usage: {} FIXTURES_FOLDER CANNOT_LIST [NAME]\n", argv[0]);
    return 2;
  }
  return tandem::conformance::run_suite(argv[1], argv[2], argc == 4 ? argv[3] : "");
}
