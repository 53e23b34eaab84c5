// SPDX-License-Identifier: Apache-2.0
// The engine sees the same bytes that are written afterwards.
#include "app/convert_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/file.h"
#include "core/tolerance.h"
#include "engine/registry.h"
#include "formats/npz.h"
#include "graph/onnx_writer.h"

namespace tandem::app {
namespace {

std::string part_name(const convert::ConvertedModel& model) { return model.part.empty() ? "the model" : model.part; }

Result<std::unique_ptr<Session>> load(const Context& context, const convert::ConvertedModel& model) {
  Engine* engine = TRY(context.engines.find("onnxruntime"));
  const std::string bytes = TRY(encode_onnx(model.model)).bytes();
  auto session = engine->load_bytes(std::as_bytes(std::span(bytes)), SessionOptions{});
  if (!session) return fail(session.error().with_context("ONNX Runtime refuses " + part_name(model)));
  return session;
}

Result<Tensor> zeros(const TensorSpec& spec) {
  Shape shape;
  std::vector<std::int64_t> dims;
  for (const Dim& dim : spec.shape.dims) dims.push_back(dim.is_fixed() ? dim.size : 1);
  Tensor tensor = TRY(Tensor::allocate(spec.dtype, Shape(std::move(dims))));
  const auto bytes = tensor.mutable_bytes();
  std::fill(bytes.begin(), bytes.end(), std::byte{0});
  return tensor;
}

const Tensor* find(const std::vector<NamedTensor>& tensors, std::string_view name) {
  const auto found =
      std::find_if(tensors.begin(), tensors.end(), [&](const NamedTensor& entry) { return entry.name == name; });
  return found == tensors.end() ? nullptr : &found->tensor;
}

/// The model all of whose inputs the reference has.
const convert::ConvertedModel* find_model_for(const convert::Conversion& conversion,
                                              const std::vector<NamedTensor>& reference) {
  const auto fits = [&](const convert::ConvertedModel& model) {
    const auto& inputs = model.model.graph.inputs;
    return std::all_of(inputs.begin(), inputs.end(),
                       [&](const TensorSpec& input) { return find(reference, input.name) != nullptr; });
  };
  const auto found = std::find_if(conversion.models.begin(), conversion.models.end(), fits);
  return found == conversion.models.end() ? nullptr : &*found;
}

OutputParity compare_output(const std::string& name, const Tensor& got, const Tensor& want, double tolerance) {
  OutputParity parity{name};
  for (std::size_t i = 0; i < want.element_count(); ++i) {
    parity.largest = std::max(parity.largest, std::abs(element_as_double(want, i)));
  }
  const Difference difference = compare(got, want, {tolerance * std::max(parity.largest, 1e-30), 0});
  parity.max_absolute = difference.max_absolute;
  parity.within = difference.within;
  parity.reason = difference.reason;
  return parity;
}

}  // namespace

Status check_models(const Context& context, const convert::Conversion& conversion) {
  for (const convert::ConvertedModel& model : conversion.models) {
    const auto session = TRY(load(context, model));
    std::vector<Tensor> inputs;
    for (const TensorSpec& input : session->info().inputs) inputs.push_back(TRY(zeros(input)));
    const auto ran = session->run(inputs);
    if (!ran) return fail(ran.error().with_context("ONNX Runtime cannot run " + part_name(model)));
  }
  return {};
}

Result<std::vector<OutputParity>> verify_against(const Context& context, const convert::Conversion& conversion,
                                                 const std::filesystem::path& reference, double tolerance) {
  const MappedFile file = TRY(MappedFile::open(reference));
  auto tensors = read_npz(file.bytes());
  if (!tensors) return fail(tensors.error().with_context(reference.string()));
  const convert::ConvertedModel* model = find_model_for(conversion, *tensors);
  if (model == nullptr) {
    return invalid_argument(fmt::format("{}: no model of the conversion has its inputs among the arrays: expected '{}'",
                                        reference.string(), conversion.models.front().model.graph.inputs.front().name));
  }
  const auto session = TRY(load(context, *model));
  std::vector<Tensor> inputs;
  for (const TensorSpec& input : session->info().inputs) inputs.push_back(find(*tensors, input.name)->view());
  const std::vector<Tensor> outputs = TRY(session->run(inputs));
  std::vector<OutputParity> parity;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::string& name = session->info().outputs[i].name;
    const Tensor* want = find(*tensors, name);
    if (want != nullptr) parity.push_back(compare_output(name, outputs[i], *want, tolerance));
  }
  if (!parity.empty()) return parity;
  return invalid_argument(fmt::format("{}: no array is called as an output of the model: expected '{}'",
                                      reference.string(), session->info().outputs.front().name));
}

}  // namespace tandem::app
