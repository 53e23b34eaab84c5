// SPDX-License-Identifier: Apache-2.0
// Everything that can be refused is refused before the model runs.
#include "serve/v2/infer_outputs.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "pipeline/pipeline.h"
#include "serve/v2/classification.h"
#include "serve/v2/datatype.h"
#include "serve/v2/shared_tensor.h"
#include "serve/v2/spec_look_up.h"

namespace tandem::serve {
namespace {

Error of_output(const std::string& name, std::string_view message) {
  return {Code::kInvalidArgument, "output '" + name + "': " + std::string(message)};
}

Status check_form(const TensorSpec& spec, const WantedOutput& wanted) {
  if (!parse_v2_datatype(v2_datatype(spec.dtype))) {
    return fail(Code::kUnimplemented, "output '" + spec.name + "': type " + std::string(dtype_name(spec.dtype)) +
                                          " is not part of the protocol");
  }
  if (wanted.classes > 0) {
    if (wanted.memory.region) return fail(of_output(spec.name, "expected classification or shared memory, got both"));
    if (spec.dtype == DType::kString || spec.dtype == DType::kBool) {
      return fail(
          of_output(spec.name, "expected numbers to classify, the output is " + std::string(v2_datatype(spec.dtype))));
    }
    return {};
  }
  if (wanted.binary || wanted.memory.region || has_json_form(spec.dtype)) return {};
  return fail(of_output(spec.name,
                        std::string(v2_datatype(spec.dtype)) + " has no JSON form; ask for it with binary_data true"));
}

Result<WantedOutput> want_output(const EnvelopeOutput& output, const Envelope& envelope, const ServedModel& model,
                                 const SharedMemoryRegistry* shared_memory) {
  WantedOutput wanted;
  wanted.index = TRY(find_spec(model.info.outputs, output.name, "output"));
  wanted.binary = output.binary_data.value_or(envelope.binary_data_output);
  wanted.classes = static_cast<std::size_t>(output.classification);
  if (const auto& part = output.shared_memory) {
    auto slice = find_shared_memory(shared_memory, part->region, part->offset, part->byte_size);
    if (!slice) return fail(slice.error().with_context("output '" + output.name + "'"));
    wanted.memory = std::move(*slice);
  }
  return wanted;
}

std::span<const std::string> labels_of(const ServedModel& model, const std::string& output) {
  if (!model.pipeline) return {};
  for (const OutputConfig& config : model.pipeline->config().outputs) {
    if (config.name == output) return config.labels;
  }
  return {};
}

}  // namespace

Result<std::vector<WantedOutput>> want_outputs(const Envelope& envelope, const ServedModel& model,
                                               const SharedMemoryRegistry* shared_memory) {
  const auto& specs = model.info.outputs;
  std::vector<WantedOutput> wanted;
  if (envelope.outputs.empty()) {
    for (std::size_t i = 0; i < specs.size(); ++i) wanted.push_back({i, envelope.binary_data_output});
  }
  for (const EnvelopeOutput& output : envelope.outputs) {
    WantedOutput next = TRY(want_output(output, envelope, model, shared_memory));
    if (std::any_of(wanted.begin(), wanted.end(), [&](const WantedOutput& w) { return w.index == next.index; })) {
      return fail(of_output(output.name, "expected once, is asked for twice"));
    }
    wanted.push_back(std::move(next));
  }
  for (const WantedOutput& output : wanted) TRY(check_form(specs[output.index], output));
  return wanted;
}

Result<FinishedOutput> finish_output(const WantedOutput& wanted, const ServedModel& model, Tensor tensor) {
  const TensorSpec& spec = model.info.outputs[wanted.index];
  if (tensor.dtype() != spec.dtype) {
    return internal_error("output '" + spec.name + "': the model says " + std::string(dtype_name(spec.dtype)) +
                          ", the engine gave " + std::string(dtype_name(tensor.dtype())));
  }
  if (wanted.classes > 0) {
    ClassificationOptions options;
    options.classes = wanted.classes;
    options.batched = model.max_batch_size > 0;
    options.labels = labels_of(model, spec.name);
    auto classes = classify(tensor, options);
    if (!classes) return fail(classes.error().with_context("output '" + spec.name + "'"));
    tensor = std::move(*classes);
  }
  FinishedOutput finished;
  finished.dtype = tensor.dtype();
  if (wanted.memory.region) {
    finished.shape_in_memory = tensor.shape();
    const Status written = write_shared_tensor(std::move(tensor), wanted.memory);
    if (!written) return fail(written.error().with_context("output '" + spec.name + "'"));
  } else {
    finished.tensor = std::move(tensor);
  }
  return finished;
}

}  // namespace tandem::serve
