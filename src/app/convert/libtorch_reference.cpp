// SPDX-License-Identifier: Apache-2.0
// The file is loaded when it is asked: only then it is known of which shapes its inputs are.
#include "app/convert/libtorch_reference.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "formats/file_content.h"

namespace tandem::app {
namespace {

Status check_kind(const std::filesystem::path& model) {
  const MappedFile file = TRY(MappedFile::open(model));
  const FileContent content = detect_content(file.bytes());
  if (content == FileContent::kTorchScript) return {};
  const std::string_view why =
      content == FileContent::kExportedProgram
          ? "LibTorch runs TorchScript, and exported programs only once they were compiled for "
            "one machine; use --verify-with python"
          : "there is no TorchScript code in it that LibTorch could run; give inputs and "
            "outputs with --verify FILE.npz";
  return fail(Code::kFailedPrecondition, fmt::format("--verify-with libtorch: {} is a file of kind '{}': {}",
                                                     model.string(), content_name(content), why));
}

std::string name_before(const std::vector<std::pair<std::string, std::string>>& names, const std::string& name) {
  const auto found = std::ranges::find(names, name, &std::pair<std::string, std::string>::second);
  return found == names.end() ? name : found->first;
}

}  // namespace

Result<convert::Framework> libtorch_reference(const EngineRegistry& engines, const std::filesystem::path& model,
                                              const std::vector<std::pair<std::string, std::string>>& names) {
  TRY(check_kind(model));
  Engine* engine = TRY(engines.find("libtorch"));
  if (const Status available = engine->available(); !available) {
    return fail(available.error().with_context("--verify-with libtorch"));
  }
  return [engine, model, names](std::span<const NamedTensor> inputs) -> Result<convert::FrameworkAnswer> {
    SessionOptions options;
    options.device = Device::kCpu;
    options.graph_optimization = GraphOptimization::kNone;  // the network as it was written
    std::vector<Tensor> given;
    for (const NamedTensor& input : inputs) {
      const Tensor& tensor = input.tensor;
      options.inputs.push_back({name_before(names, input.name), tensor.dtype(), tensor.shape().dims()});
      given.push_back(tensor.view());
    }
    const auto session = TRY(engine->load(model, options));
    convert::FrameworkAnswer answer;
    answer.framework = fmt::format("LibTorch {}", engine->version());
    answer.outputs = TRY(session->run(given));
    return answer;
  };
}

}  // namespace tandem::app
