// SPDX-License-Identifier: Apache-2.0
// The conformance of pickled modules: every NAME.pth of the folder, rebuilt from its layers, gives what PyTorch gave
// (NAME.npz), within 1e-5 of the largest magnitude.
// modules_conformance FOLDER
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <vector>

#include "base/file.h"
#include "base/log.h"
#include "conformance/golden_cases.h"
#include "convert/importer/importer.h"
#include "convert/modules/layer.h"
#include "core/tolerance.h"
#include "engines/onnxruntime/onnxruntime_engine.h"
#include "formats/checkpoint.h"
#include "formats/npz.h"

namespace tandem::conformance {
namespace {

namespace fs = std::filesystem;

/// The input as the file of arrays has it, of any number of rows.
convert::ConvertOptions options_for(const Tensor& input) {
  std::vector<std::int64_t> dims = input.shape().dims();
  dims.front() = -1;
  convert::ConvertOptions options;
  options.input_shapes = {{"input", std::move(dims)}};
  return options;
}

Status check_module(Engine& engine, const fs::path& file) {
  const MappedFile arrays = TRY(MappedFile::open(fs::path(file).replace_extension(".npz")));
  const auto golden = TRY(read_npz(arrays.bytes()));
  const Tensor* input = find_tensor(golden, "input");
  const Tensor* output = find_tensor(golden, "output");
  if (input == nullptr || output == nullptr) return not_found("the arrays are not called input and output");
  const auto imported = TRY(convert::import_model(file, options_for(*input)));
  if (!imported.conversion.unused.empty()) return internal_error(imported.conversion.unused.front() + " is not used");
  const auto outputs = TRY(run_on_golden(engine, imported.conversion.models.front().model, golden));
  const Difference difference = compare_scaled(outputs.front(), *output, kGoldenTolerance);
  if (!difference.within) return fail(Code::kDataLoss, difference.reason);
  fmt::print("passed  {}: {} differs by at most {:.2g} of {:.3g}\n", file.stem().string(), to_string(*output),
             difference.max_absolute, difference.largest);
  return {};
}

void collect_types(const TorchModule& module, std::set<std::string>& types) {
  types.insert(module.class_name.substr(module.class_name.rfind('.') + 1));
  for (const TorchModule& child : module.children) collect_types(child, types);
}

/// Layers that no module of the folder has.
int check_coverage(const std::set<std::string>& types) {
  int missing = 0;
  for (const auto family : {convert::convolution_layers(), convert::pooling_layers(), convert::activation_layers(),
                            convert::normalization_layers(), convert::shaping_layers()}) {
    for (const convert::KnownLayer& layer : family) {
      if (types.contains(std::string(layer.type))) continue;
      fmt::print("not covered: {}\n", layer.type);
      ++missing;
    }
  }
  return missing;
}

int run_suite(const fs::path& folder) {
  log::configure(log::Level::kOff, log::Format::kText);
  const auto engine = make_onnxruntime_engine();
  std::set<std::string> types;
  int passed = 0;
  int wrong = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".pth") continue;
    const Status status = check_module(*engine, entry.path());
    if (!status) fmt::print("FAILED  {}: {}\n", entry.path().stem().string(), status.error().message);
    ++(status ? passed : wrong);
    const auto checkpoint = read_checkpoint(entry.path());
    if (checkpoint && checkpoint->module) collect_types(*checkpoint->module, types);
  }
  const int missing = check_coverage(types);
  constexpr int kAllowedMissing = 1;  // SyncBatchNorm, which needs a GPU
  return wrong == 0 && passed > 0 && missing <= kAllowedMissing ? 0 : 1;
}

}  // namespace
}  // namespace tandem::conformance

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: {} FOLDER\n", argv[0]);
    return 2;
  }
  return tandem::conformance::run_suite(argv[1]);
}
