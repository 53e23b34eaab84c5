// SPDX-License-Identifier: Apache-2.0
// The run path: no lock, no copy, and next to no memory of its own.
#include "engines/onnxruntime/session.h"

#include <fmt/format.h>
#include <onnxruntime_c_api.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory_resource>
#include <utility>

#include "engine/run_checks.h"
#include "engines/onnxruntime/values.h"

namespace tandem::onnxruntime {
namespace {

Error about(std::string_view what, Error error) {
  error.message = fmt::format("{} {}", what, error.message);
  return error;
}

/// What one run holds; small models need no heap memory for it.
class Run final {
 public:
  Run(const OrtApi& api, std::size_t inputs, std::size_t outputs)
      : api_(api),
        memory_(stack_.data(), stack_.size()),
        inputs_(inputs, nullptr, &memory_),
        outputs_(outputs, nullptr, &memory_) {}
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run() {
    for (OrtValue* value : inputs_) api_.ReleaseValue(value);
    for (OrtValue* value : outputs_) api_.ReleaseValue(value);
  }

  std::pmr::vector<OrtValue*>& inputs() { return inputs_; }
  std::pmr::vector<OrtValue*>& outputs() { return outputs_; }
  Handle<OrtValue> take_output(std::size_t index) {
    return {std::exchange(outputs_[index], nullptr), api_.ReleaseValue};
  }

 private:
  const OrtApi& api_;
  std::array<std::byte, 512> stack_;
  std::pmr::monotonic_buffer_resource memory_;
  std::pmr::vector<OrtValue*> inputs_;
  std::pmr::vector<OrtValue*> outputs_;
};

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

class OnnxRuntimeSession final : public Session {
 public:
  OnnxRuntimeSession(const Runtime& runtime, Handle<OrtSession> session, ModelInfo info, std::string description,
                     int cores)
      : runtime_(runtime),
        session_(std::move(session)),
        info_(std::move(info)),
        description_(std::move(description)),
        cores_(cores),
        runnable_(check_runnable(info_)) {
    for (const auto& spec : info_.inputs) input_names_.push_back(spec.name.c_str());
    for (const auto& spec : info_.outputs) {
      output_names_.push_back(spec.name.c_str());
      const auto same = std::ranges::find(info_.inputs, spec.name, &TensorSpec::name);
      passed_input_.push_back(same == info_.inputs.end() ? kNone
                                                         : static_cast<std::size_t>(same - info_.inputs.begin()));
    }
  }

  const ModelInfo& info() const override { return info_; }
  std::string describe() const override { return description_; }
  int cores() const override { return cores_; }
  using Session::run;
  Status run(std::span<const Tensor> inputs, std::span<Tensor> outputs) override;

 private:
  Status check(std::span<const Tensor> inputs, std::span<const Tensor> outputs) const;
  Error explain(Error error, std::span<const Tensor> outputs) const;
  Status finish(std::span<const Tensor> inputs, Run& run, std::size_t index, Tensor& output) const;

  const Runtime& runtime_;
  const Handle<OrtSession> session_;
  const ModelInfo info_;
  const std::string description_;
  const int cores_;
  const Status runnable_;
  std::vector<const char*> input_names_;  // point into info_
  std::vector<const char*> output_names_;
  std::vector<std::size_t> passed_input_;  // an output that is an input: which one, else kNone
};

Status OnnxRuntimeSession::check(std::span<const Tensor> inputs, std::span<const Tensor> outputs) const {
  if (!runnable_) return runnable_;
  return check_run(info_, inputs, outputs);
}

/// ONNX Runtime learns the shape of a result in the middle of a run; then its sentence names no output.
Error OnnxRuntimeSession::explain(Error error, std::span<const Tensor> outputs) const {
  const bool given = std::any_of(outputs.begin(), outputs.end(), [](const Tensor& tensor) { return !tensor.empty(); });
  const bool about_shape =
      error.message.find("Shape mismatch attempting to re-use buffer") != std::string::npos ||
      error.message.find("output OrtValue provided for output") != std::string::npos;  // since 1.29
  if (!given || !about_shape) return error;
  std::string shapes;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].empty()) shapes += fmt::format(" '{}' {}", info_.outputs[i].name, to_string(outputs[i]));
  }
  return {Code::kInvalidArgument,
          fmt::format("the memory given for outputs ({} ) has not the shape of the result: {}", shapes, error.message)};
}

/// Copies a result that does not lie in the caller's memory yet: strings, and inputs that are outputs.
Status copy_result(const Tensor& result, std::string_view name, Tensor& output) {
  if (result.shape() != output.shape()) {
    return invalid_argument(fmt::format("memory for output '{}': the result is {}, got memory for {}", name,
                                        to_string(result), to_string(output)));
  }
  if (result.dtype() == DType::kString) {
    std::ranges::copy(result.strings(), output.mutable_strings().begin());
  } else if (result.byte_size() > 0) {
    std::memmove(output.mutable_data(), result.data(), result.byte_size());
  }
  return {};
}

Status OnnxRuntimeSession::run(std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  TRY(check(inputs, outputs));
  const OrtApi& api = runtime_.api();
  Run run(api, inputs.size(), outputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) run.inputs()[i] = TRY(wrap(runtime_, inputs[i])).release();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const bool in_place = !outputs[i].empty() && outputs[i].dtype() != DType::kString && passed_input_[i] == kNone;
    if (in_place) run.outputs()[i] = TRY(wrap(runtime_, outputs[i])).release();
  }
  if (OrtStatus* failed = api.Run(session_.get(), nullptr, input_names_.data(), run.inputs().data(), inputs.size(),
                                  output_names_.data(), outputs.size(), run.outputs().data())) {
    return fail(explain(take_error(api, failed), outputs));
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) TRY(finish(inputs, run, i, outputs[i]));
  return {};
}

/// Puts result `index` where the caller wants it, unless ONNX Runtime wrote it there.
Status OnnxRuntimeSession::finish(std::span<const Tensor> inputs, Run& run, std::size_t index, Tensor& output) const {
  const std::string& name = info_.outputs[index].name;
  if (passed_input_[index] != kNone) {
    // ONNX Runtime would hand out the caller's input, and leaves memory given for it untouched.
    const Tensor& input = inputs[passed_input_[index]];
    if (!output.empty()) return copy_result(input, name, output);
    output = TRY(input.clone());
    return {};
  }
  if (!output.empty() && output.dtype() != DType::kString) return {};
  Result<Tensor> result = unwrap(runtime_, run.take_output(index));
  if (!result) return fail(about(fmt::format("output '{}':", name), result.error()));
  if (!output.empty()) return copy_result(*result, name, output);
  output = std::move(*result);
  return {};
}

}  // namespace

std::unique_ptr<Session> make_session(const Runtime& runtime, Handle<OrtSession> session, ModelInfo info,
                                      std::string description, int cores) {
  return std::make_unique<OnnxRuntimeSession>(runtime, std::move(session), std::move(info), std::move(description),
                                              cores);
}

}  // namespace tandem::onnxruntime
