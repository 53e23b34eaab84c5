// SPDX-License-Identifier: Apache-2.0
// The engine sees the graph that is written afterwards, and the very weights.
#include "convert/checked/model_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <random>

#include "base/file.h"
#include "core/tolerance.h"
#include "engine/weight_borrower.h"
#include "formats/npz.h"
#include "graph/onnx_writer.h"

namespace tandem::convert {
namespace {

std::string part_name(const ConvertedModel& model) { return model.part.empty() ? "the model" : model.part; }

/// Where the engine can, the weights stay where they are: nothing of them is copied.
Result<std::unique_ptr<Session>> load_model(Engine& engine, const graph::Model& model) {
  if (auto* borrower = dynamic_cast<WeightBorrower*>(&engine)) {
    const SplitOnnx split = TRY(split_onnx(model));
    std::vector<BorrowedWeight> weights;
    for (const graph::Initializer* weight : split.outside) weights.push_back({weight->name, &weight->tensor});
    return borrower->load_borrowing(std::as_bytes(std::span(split.message)), weights);
  }
  const std::string bytes = TRY(encode_onnx(model)).bytes();
  return engine.load_bytes(std::as_bytes(std::span(bytes)), SessionOptions{});
}

Result<std::unique_ptr<Session>> load(const EngineRegistry& engines, const ConvertedModel& model) {
  Engine* engine = TRY(engines.find("onnxruntime"));
  auto session = load_model(*engine, model.model);
  if (!session) return fail(session.error().with_context("ONNX Runtime refuses " + part_name(model)));
  return session;
}

/// What stands for open dimensions behind the first, which is 1: the first of these that the network takes. Images of
/// one pixel are too small for most.
constexpr std::array<std::int64_t, 3> kOpenSizes = {1, 64, 224};

Result<Tensor> make_zeros(const TensorSpec& spec, std::int64_t open_size) {
  TensorSpec fixed = spec;
  for (std::size_t axis = 1; axis < fixed.shape.dims.size(); ++axis) {
    if (!fixed.shape.dims[axis].is_fixed()) fixed.shape.dims[axis] = Dim::fixed(open_size);
  }
  return tandem::make_zeros(fixed);
}

Status run_zeros(Session& session, const ConvertedModel& model, std::int64_t open_size) {
  std::vector<Tensor> inputs;
  for (const TensorSpec& input : session.info().inputs) {
    const Tensor* sample = model.sample ? find_tensor(model.sample->inputs, input.name) : nullptr;
    inputs.push_back(sample != nullptr ? sample->view() : TRY(make_zeros(input, open_size)));
  }
  const auto ran = session.run(inputs);
  if (!ran) return fail(ran.error().with_context("ONNX Runtime cannot run " + part_name(model)));
  return {};
}

/// On what the file has to try the model on; where it has nothing, on zeros. Returns what open dimensions were.
Result<std::int64_t> run_once(Session& session, const ConvertedModel& model) {
  Status first;
  for (const std::int64_t open_size : kOpenSizes) {
    const Status ran = run_zeros(session, model, open_size);
    if (ran) return open_size;
    if (first) first = ran;
  }
  return fail(first.error());
}

bool has_inputs_of(const std::vector<NamedTensor>& reference, const ConvertedModel& model) {
  return std::ranges::all_of(model.model.graph.inputs,
                             [&](const TensorSpec& input) { return find_tensor(reference, input.name) != nullptr; });
}

OutputParity parity_of(const std::string& name, const Tensor& got, const Tensor& want, double tolerance) {
  const Difference difference = compare_scaled(got, want, tolerance);
  return {name, difference.max_absolute, difference.largest, difference.within, difference.reason};
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
    if (want != nullptr) parity.push_back(parity_of(name, outputs[i], *want, reference.tolerance));
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

/// The same numbers each time: in [-1, 1) for floats, 0 and 1 for all others.
Result<Tensor> make_random(const TensorSpec& spec, std::int64_t open_size) {
  Tensor tensor = TRY(make_zeros(spec, open_size));
  std::minstd_rand random(20240607);
  if (spec.dtype == DType::kFloat32) {
    for (float& value : tensor.mutable_values<float>()) {
      value = static_cast<float>(random() % (1U << 20)) / static_cast<float>(1U << 19) - 1;
    }
  } else if (spec.dtype == DType::kInt64) {
    for (std::int64_t& value : tensor.mutable_values<std::int64_t>()) value = static_cast<std::int64_t>(random() % 2);
  }
  return tensor;
}

/// open_size  of open dimensions, where the file has no sample
Result<CheckedModels> compare_with_framework(Session& session, const ConvertedModel& model, const Reference& reference,
                                             std::int64_t open_size) {
  std::vector<NamedTensor> named;
  std::vector<Tensor> inputs;
  for (const TensorSpec& input : session.info().inputs) {
    const Tensor* sample = model.sample ? find_tensor(model.sample->inputs, input.name) : nullptr;
    inputs.push_back(sample != nullptr ? sample->view() : TRY(make_random(input, open_size)));
    named.push_back({input.name, inputs.back().view()});
  }
  const FrameworkAnswer answer = TRY(reference.framework(named));
  const std::vector<Tensor> outputs = TRY(session.run(inputs));
  const auto& specs = session.info().outputs;
  if (answer.outputs.size() != outputs.size()) {
    return fail(Code::kFailedPrecondition, fmt::format("{} gives {} tensors, the converted model {}", answer.framework,
                                                       answer.outputs.size(), outputs.size()));
  }
  CheckedModels checked;
  checked.against = answer.framework;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    checked.parity.push_back(parity_of(specs[i].name, outputs[i], answer.outputs[i], reference.tolerance));
  }
  return checked;
}

Status refuse_several_parts(const Conversion& conversion, const Reference& reference) {
  if (!reference.framework || conversion.models.size() == 1) return {};
  return invalid_argument("a framework cannot be asked for a network in several parts: give --verify FILE.npz");
}

}  // namespace

Result<CheckedModels> check_models(const EngineRegistry& engines, const Conversion& conversion,
                                   const Reference& reference) {
  TRY(refuse_several_parts(conversion, reference));
  const std::vector<NamedTensor> tensors = TRY(read_reference(reference.file));
  CheckedModels checked;
  for (const ConvertedModel& model : conversion.models) {
    const auto session = TRY(load(engines, model));
    const std::int64_t open_size = TRY(run_once(*session, model));
    if (reference.framework) return compare_with_framework(*session, model, reference, open_size);
    if (tensors.empty() || !checked.parity.empty() || !has_inputs_of(tensors, model)) continue;
    checked.parity = TRY(compare_outputs(*session, tensors, reference));
    checked.against = reference.file.filename().string();
  }
  if (!checked.parity.empty() || reference.file.empty()) return checked;
  return invalid_argument(fmt::format("{}: no model of the conversion has its inputs among the arrays: expected '{}'",
                                      reference.file.string(),
                                      conversion.models.front().model.graph.inputs.front().name));
}

}  // namespace tandem::convert
