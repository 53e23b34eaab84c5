// SPDX-License-Identifier: Apache-2.0
// The conformance of importers: every demo checkpoint, converted, gives the outputs that the training framework saved.
// convert_conformance CHECKPOINTS_FOLDER GOLDEN_FOLDER CANNOT_LIST
#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "base/log.h"
#include "conformance/golden_cases.h"
#include "convert/networks/networks.h"
#include "core/tolerance.h"
#include "engines/onnxruntime/onnxruntime_engine.h"
#include "formats/npz.h"
#include "store/part_name.h"

namespace tandem::conformance {
namespace {

namespace fs = std::filesystem;

Status check_model(Engine& engine, const convert::ConvertedModel& model, const std::vector<NamedTensor>& golden) {
  const auto outputs = TRY(run_on_golden(engine, model.model, golden));
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::string& name = model.model.graph.outputs[i].name;
    const Tensor want = TRY(golden_array(golden, name));
    const Difference difference = compare_scaled(outputs[i], want, kGoldenTolerance);
    if (!difference.within) return fail(Code::kDataLoss, fmt::format("'{}': {}", name, difference.reason));
    fmt::print("        {}: {} differs by at most {:.2g} of {:.3g}\n", name, to_string(want), difference.max_absolute,
               difference.largest);
  }
  return {};
}

Status check_checkpoint(Engine& engine, const fs::path& file, const fs::path& golden_folder) {
  const Checkpoint checkpoint = TRY(read_checkpoint(file));
  const convert::Conversion conversion = TRY(convert::convert_state_dict(checkpoint));
  if (!conversion.unused.empty()) return internal_error("the tensor '" + conversion.unused.front() + "' is not used");
  for (const convert::ConvertedModel& model : conversion.models) {
    const fs::path golden = golden_folder / (part_name(file.stem().string(), model.part) + ".npz");
    const MappedFile arrays = TRY(MappedFile::open(golden));
    TRY(check_model(engine, model, TRY(read_npz(arrays.bytes()))));
  }
  return {};
}

int run_suite(const fs::path& checkpoints, const fs::path& golden, const fs::path& list_path) {
  log::configure(log::Level::kOff, log::Format::kText);
  const auto engine = make_onnxruntime_engine();
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(checkpoints)) files.push_back(entry.path());
  std::ranges::sort(files);
  return check_files(files, list_path, [&](const fs::path& file) { return check_checkpoint(*engine, file, golden); });
}

}  // namespace
}  // namespace tandem::conformance

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: {} CHECKPOINTS_FOLDER GOLDEN_FOLDER CANNOT_LIST\n", argv[0]);
    return 2;
  }
  return tandem::conformance::run_suite(argv[1], argv[2], argv[3]);
}
