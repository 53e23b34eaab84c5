// SPDX-License-Identifier: Apache-2.0
// The run path: inputs and outputs lie in the caller's memory, and no lock is taken.
#include "engines/openvino/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <openvino/runtime/compiled_model.hpp>
#include <openvino/runtime/infer_request.hpp>
#include <openvino/runtime/tensor.hpp>
#include <optional>

#include "engine/run_checks.h"
#include "engines/openvino/guard.h"
#include "engines/openvino/input_range.h"
#include "engines/openvino/ports.h"
#include "engines/openvino/request_pool.h"
#include "engines/openvino/values.h"

namespace tandem::openvino {
namespace {

/// A result: who gives its memory follows from what is known of its shape before the run.
struct OutputPort {
  std::size_t index = 0;
  ov::element::Type type;
  std::optional<Shape> shape;  // when it is always the same
  ov::Shape smallest;          // else the tensor to begin with, which OpenVINO makes larger
};

OutputPort describe_output(const ov::CompiledModel& compiled, std::size_t index) {
  const auto& port = compiled.outputs()[index];
  OutputPort output{index, port.get_element_type(), to_symbolic_shape(port.get_partial_shape()).concrete(), {}};
  if (output.shape) return output;
  const ov::PartialShape shape = port.get_partial_shape();
  if (shape.rank().is_dynamic()) {
    output.smallest = {0};
  } else {
    for (const ov::Dimension& dim : shape) output.smallest.push_back(static_cast<std::size_t>(dim.get_min_length()));
  }
  return output;
}

class OpenVinoSession final : public Session {
 public:
  OpenVinoSession(SessionFacts facts, Ports ports, std::vector<OutputPort> outputs,
                  std::vector<ov::InferRequest> requests)
      : info_(std::move(facts.info)),
        description_(std::move(facts.description)),
        threads_(facts.threads),
        runnable_(check_runnable(info_)),
        ports_(std::move(ports)),
        outputs_(std::move(outputs)),
        requests_(std::move(requests)) {}

  const ModelInfo& info() const override { return info_; }
  std::string describe() const override { return description_; }
  int cores() const override { return threads_; }
  using Session::run;
  Status run(std::span<const Tensor> inputs, std::span<Tensor> outputs) override;

 private:
  Status run_request(ov::InferRequest& request, std::span<const Tensor> inputs, std::span<Tensor> outputs) const;
  Status give_memory(ov::InferRequest& request, const OutputPort& port, Tensor& output) const;
  Error explain(Error error, std::span<const Tensor> outputs) const;

  const ModelInfo info_;
  const std::string description_;
  const int threads_;
  const Status runnable_;
  const Ports ports_;
  const std::vector<OutputPort> outputs_;
  RequestPool<ov::InferRequest> requests_;
};

/// Puts a result where the caller wants it, unless OpenVINO wrote it there.
Status take_result(Tensor result, const std::string& name, Tensor& output) {
  if (output.empty()) {
    output = std::move(result);
    return {};
  }
  if (result.shape() != output.shape()) {
    return invalid_argument(fmt::format("memory for output '{}': the result is {}, got memory for {}", name,
                                        to_string(result), to_string(output)));
  }
  if (output.dtype() == DType::kString) {
    std::ranges::copy(result.strings(), output.mutable_strings().begin());
  } else if (result.data() != output.data() && output.byte_size() > 0) {
    std::memcpy(output.mutable_data(), result.data(), output.byte_size());
  }
  return {};
}

Status OpenVinoSession::run(std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  TRY(Status(runnable_));
  TRY(check_run(info_, inputs, outputs));
  for (std::size_t i = 0; i < inputs.size(); ++i) TRY(check_fits_32_bits(info_.inputs[i].name, inputs[i]));
  const auto request = requests_.take();
  return guarded([&] { return run_request(*request, inputs, outputs); });
}

Status OpenVinoSession::run_request(ov::InferRequest& request, std::span<const Tensor> inputs,
                                    std::span<Tensor> outputs) const {
  const auto& passed = ports_.passed_inputs;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (ports_.inputs[i] != kNone) request.set_input_tensor(ports_.inputs[i], wrap(inputs[i]));
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (passed[i] == kNone) TRY(give_memory(request, outputs_[i], outputs[i]));
  }
  const Status done = guarded([&]() -> Status {
    request.infer();
    return {};
  });
  if (!done) return fail(explain(done.error(), outputs));
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    auto result = passed[i] == kNone ? unwrap(request.get_output_tensor(outputs_[i].index)) : inputs[passed[i]].clone();
    if (!result) return fail(result.error().with_context("output '" + info_.outputs[i].name + "'"));
    TRY(take_result(std::move(*result), info_.outputs[i].name, outputs[i]));
  }
  return {};
}

/// Every output gets memory for every run: what a request was given before belongs to an earlier caller.
Status OpenVinoSession::give_memory(ov::InferRequest& request, const OutputPort& port, Tensor& output) const {
  if (output.empty() && !port.shape) {
    request.set_output_tensor(port.index, ov::Tensor(port.type, port.smallest));
    return {};
  }
  if (output.empty()) output = TRY(Tensor::allocate(to_dtype(port.type), *port.shape));
  request.set_output_tensor(port.index, wrap(output));
  return {};
}

/// Whose mistake it is that a run failed: OpenVINO learns shapes in the middle of a run, and has one class of
/// exception.
Error OpenVinoSession::explain(Error error, std::span<const Tensor> outputs) const {
  if (error.message.find("shape_inference") != std::string::npos) {
    return {Code::kInvalidArgument, "the shapes of the inputs do not fit the model: " + error.message};
  }
  if (error.message.find("set new shape") == std::string::npos) return error;
  std::string shapes;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].empty()) shapes += fmt::format(" '{}' {}", info_.outputs[i].name, to_string(outputs[i]));
  }
  return {Code::kInvalidArgument,
          fmt::format("the memory given for outputs ({} ) has not the shape of the result: {}", shapes, error.message)};
}

}  // namespace

Result<std::unique_ptr<Session>> make_session(ov::CompiledModel& compiled, SessionFacts facts) {
  Ports ports = TRY(match_ports(compiled, facts.info));
  std::vector<OutputPort> outputs;
  for (const std::size_t index : ports.outputs) outputs.push_back(describe_output(compiled, index));
  std::vector<ov::InferRequest> requests;
  for (int i = 0; i < facts.requests; ++i) requests.push_back(compiled.create_infer_request());
  return std::make_unique<OpenVinoSession>(std::move(facts), std::move(ports), std::move(outputs), std::move(requests));
}

}  // namespace tandem::openvino
