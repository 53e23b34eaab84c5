// SPDX-License-Identifier: Apache-2.0
// The engine sees the same bytes that are written afterwards.
#include "convert/checked/model_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "base/scratch_folder.h"
#include "core/tolerance.h"
#include "formats/npz.h"
#include "graph/onnx_writer.h"

namespace tandem::convert {
namespace {

std::string part_name(const ConvertedModel& model) { return model.part.empty() ? "the model" : model.part; }

/// A model that is too large for one message is loaded from files, as it will be from those that are written.
Result<std::unique_ptr<Session>> load_model(Engine& engine, const graph::Model& model) {
  const auto message = encode_onnx(model);
  if (message) {
    const std::string bytes = message->bytes();
    return engine.load_bytes(std::as_bytes(std::span(bytes)), SessionOptions{});
  }
  if (message.error().code != Code::kResourceExhausted) return fail(message.error());
  const auto folder = TRY(ScratchFolder::make(std::filesystem::temp_directory_path(), "tandem-check-"));
  const auto files = TRY(write_onnx(model, folder->path() / "model.onnx"));
  return engine.load(files.front(), SessionOptions{});
}

Result<std::unique_ptr<Session>> load(const EngineRegistry& engines, const ConvertedModel& model) {
  Engine* engine = TRY(engines.find("onnxruntime"));
  auto session = load_model(*engine, model.model);
  if (!session) return fail(session.error().with_context("ONNX Runtime refuses " + part_name(model)));
  return session;
}

/// On what the file has to try the model on; where it has nothing, on zeros.
Status run_once(Session& session, const ConvertedModel& model) {
  std::vector<Tensor> inputs;
  for (const TensorSpec& input : session.info().inputs) {
    const Tensor* sample = model.sample ? find_tensor(model.sample->inputs, input.name) : nullptr;
    inputs.push_back(sample != nullptr ? sample->view() : TRY(make_zeros(input)));
  }
  const auto ran = session.run(inputs);
  if (!ran) return fail(ran.error().with_context("ONNX Runtime cannot run " + part_name(model)));
  return {};
}

bool has_inputs_of(const std::vector<NamedTensor>& reference, const ConvertedModel& model) {
  return std::ranges::all_of(model.model.graph.inputs,
                             [&](const TensorSpec& input) { return find_tensor(reference, input.name) != nullptr; });
}

Result<std::vector<OutputParity>> compare_outputs(Session& session, const std::vector<NamedTensor>& tensors,
                                                  const Reference& reference) {
  std::vector<Tensor> inputs;
  for (const TensorSpec& input : session.info().inputs) inputs.push_back(find_tensor(tensors, input.name)->view());
  const std::vector<Tensor> outputs = TRY(session.run(inputs));
  std::vector<OutputParity> parity;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::string& name = session.info().outputs[i].name;
    const Tensor* want = find_tensor(tensors, name);
    if (want == nullptr) continue;
    const Difference difference = compare_scaled(outputs[i], *want, reference.tolerance);
    parity.push_back({name, difference.max_absolute, difference.largest, difference.within, difference.reason});
  }
  if (!parity.empty()) return parity;
  return invalid_argument(fmt::format("{}: no array is called as an output of the model: expected '{}'",
                                      reference.file.string(), session.info().outputs.front().name));
}

Result<std::vector<NamedTensor>> read_reference(const std::filesystem::path& path) {
  if (path.empty()) return std::vector<NamedTensor>();
  const MappedFile file = TRY(MappedFile::open(path));
  auto tensors = read_npz(file.bytes());
  if (!tensors) return fail(tensors.error().with_context(path.string()));
  return tensors;
}

}  // namespace

Result<std::vector<OutputParity>> check_models(const EngineRegistry& engines, const Conversion& conversion,
                                               const Reference& reference) {
  const std::vector<NamedTensor> tensors = TRY(read_reference(reference.file));
  std::vector<OutputParity> parity;
  for (const ConvertedModel& model : conversion.models) {
    const auto session = TRY(load(engines, model));
    TRY(run_once(*session, model));
    if (parity.empty() && has_inputs_of(tensors, model)) parity = TRY(compare_outputs(*session, tensors, reference));
  }
  if (!parity.empty() || reference.file.empty()) return parity;
  return invalid_argument(fmt::format("{}: no model of the conversion has its inputs among the arrays: expected '{}'",
                                      reference.file.string(),
                                      conversion.models.front().model.graph.inputs.front().name));
}

}  // namespace tandem::convert
