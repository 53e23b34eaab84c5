// SPDX-License-Identifier: Apache-2.0
// The conformance of importers: every demo checkpoint, converted, gives the outputs that the training framework saved.
// convert_conformance CHECKPOINTS_FOLDER GOLDEN_FOLDER CANNOT_LIST
#include <fmt/format.h>

#include "base/file.h"
#include "base/log.h"
#include "conformance/cannot_list.h"
#include "convert/networks/networks.h"
#include "core/tolerance.h"
#include "engines/onnxruntime/onnxruntime_engine.h"
#include "formats/npz.h"
#include "graph/onnx_writer.h"
#include "store/part_name.h"

namespace tandem::conformance {
namespace {

namespace fs = std::filesystem;

/// Of the largest magnitude of an output.
constexpr double kTolerance = 1e-5;

Result<Tensor> find(const std::vector<NamedTensor>& tensors, const std::string& name) {
  const Tensor* found = find_tensor(tensors, name);
  if (found == nullptr) return not_found(fmt::format("the golden file has no array '{}'", name));
  return found->view();
}

Status check_model(Engine& engine, const convert::ConvertedModel& model, const std::vector<NamedTensor>& golden) {
  const std::string bytes = TRY(encode_onnx(model.model)).bytes();
  const auto session = TRY(engine.load_bytes(std::as_bytes(std::span(bytes)), SessionOptions{}));
  std::vector<Tensor> inputs;
  for (const TensorSpec& input : session->info().inputs) inputs.push_back(TRY(find(golden, input.name)));
  const auto outputs = TRY(session->run(inputs));
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::string& name = session->info().outputs[i].name;
    const Tensor want = TRY(find(golden, name));
    const Difference difference = compare_scaled(outputs[i], want, kTolerance);
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
  const auto list = read_cannot_list(list_path);
  if (!list) {
    fmt::print(stderr, "{}\n", list.error().message);
    return 1;
  }
  int passed = 0;
  int wrong = 0;
  for (const auto& entry : fs::directory_iterator(checkpoints)) {
    const std::string name = entry.path().stem().string();
    const Status status = check_checkpoint(*engine, entry.path(), golden);
    const Cannot* cannot = find_cannot(*list, name, status);
    if (status.has_value() == (cannot == nullptr)) {
      fmt::print("{}  {}{}\n", status ? "passed" : "cannot", name, cannot == nullptr ? "" : ": " + cannot->reason);
      passed += status ? 1 : 0;
    } else {
      fmt::print("FAILED  {}: {}\n", name, status ? "passes; the list says it cannot" : status.error().message);
      ++wrong;
    }
  }
  if (passed == 0) fmt::print("no checkpoint was converted\n");
  return wrong == 0 && passed > 0 ? 0 : 1;
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
