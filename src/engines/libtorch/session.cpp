// SPDX-License-Identifier: Apache-2.0
// Tries a network when it is loaded, and runs it. Inputs are read where they lie; no lock is taken.
#include "engines/libtorch/session.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/script.h>

#include <algorithm>
#include <cstring>

#include "engine/run_checks.h"
#include "engines/libtorch/guard.h"
#include "engines/libtorch/interface.h"
#include "engines/libtorch/logged_warnings.h"
#include "engines/libtorch/values.h"

namespace tandem::libtorch {
namespace {

struct Results {
  std::vector<at::Tensor> tensors;
  std::vector<std::string> names;
};

/// forward with what LibTorch needs around it.
class Network final {
 public:
  Network(const torch::jit::Module& module, int threads, int gpu)
      : forward_(module.get_method("forward")),
        device_(gpu < 0 ? at::Device(at::kCPU) : at::Device(at::kCUDA, static_cast<at::DeviceIndex>(gpu))) {
    threads_ = threads;
    find_writes();
  }

  const c10::FunctionSchema& schema() const { return forward_.function().getSchema(); }

  /// How the tensors make arguments: as many for each as that says; a tuple of them where it says so.
  void set_arguments(std::vector<Argument> arguments) { arguments_ = std::move(arguments); }

  /// inputs  live until the results were taken, which may be parts of them
  Status run(const std::vector<at::Tensor>& inputs, Results& results) const {
    const c10::InferenceMode inference;
    // OpenMP and MKL keep the number for each thread that calls them, so that sessions do not get in each other's way.
    if (at::get_num_threads() != threads_) at::set_num_threads(threads_);
    std::vector<c10::IValue> stack;
    auto next = inputs.begin();
    for (std::size_t i = 0; i < arguments_.size(); ++i) {
      std::vector<c10::IValue> items;
      for (std::size_t k = 0; k < arguments_[i].tensors; ++k) items.emplace_back(on_device(*next++, i));
      stack.push_back(arguments_[i].is_tuple ? c10::ivalue::Tuple::create(std::move(items)) : std::move(items[0]));
    }
    return flatten(forward_(std::move(stack)), results.tensors, results.names);
  }

 private:
  /// What the network may write to is a copy: the memory is the caller's.
  at::Tensor on_device(const at::Tensor& input, std::size_t argument) const {
    if (!device_.is_cpu()) return input.to(device_);
    return writes_to_[argument] ? input.clone() : input;
  }
  void find_writes() {
    const auto graph = forward_.graph();
    const torch::jit::AliasDb aliases(graph);
    for (std::size_t i = 1; i < graph->inputs().size(); ++i) {
      writes_to_.push_back(aliases.hasWriters(graph->inputs()[i]));
    }
  }

  torch::jit::Method forward_;
  at::Device device_;
  int threads_ = 1;
  std::vector<bool> writes_to_;  // by argument
  std::vector<Argument> arguments_;
};

bool is_tensor(const c10::TypePtr& type) {
  if (type->kind() == c10::TypeKind::TensorType) return true;
  const auto optional = type->cast<c10::OptionalType>();
  return optional && optional->getElementType()->kind() == c10::TypeKind::TensorType;
}

Argument describe_argument(const c10::Argument& argument) {
  Argument described{argument.name(), argument.type()->repr_str(), 0, false, argument.default_value().has_value()};
  if (is_tensor(argument.type())) {
    described.tensors = 1;
  } else if (const auto tuple = argument.type()->cast<c10::TupleType>(); tuple && tuple->schema() == nullptr) {
    described.is_tuple = true;
    if (std::ranges::all_of(tuple->elements(), is_tensor)) described.tensors = tuple->elements().size();
  }
  return described;
}

/// Zeros, or something between 0 and 1.
Result<Results> try_network(const Network& network, const std::vector<TensorSpec>& specs,
                            const std::vector<Shape>& shapes, bool zeros) {
  std::vector<at::Tensor> inputs;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const auto type = to_scalar_type(specs[i].dtype);
    if (type == c10::ScalarType::Undefined) {
      return fail(Code::kUnimplemented,
                  fmt::format("input '{}': LibTorch has no {} tensors", specs[i].name, dtype_name(specs[i].dtype)));
    }
    at::Tensor input = at::zeros(shapes[i].dims(), at::TensorOptions().dtype(at::kFloat));
    if (!zeros) input = at::arange(0, input.numel(), at::kFloat).mul_(0.37).sin_().abs_().reshape(shapes[i].dims());
    inputs.push_back((zeros ? input : is_floating_point(specs[i].dtype) ? input : input.round()).to(type));
  }
  Results results;
  TRY(guarded([&] { return network.run(inputs, results); }));
  return results;
}

Result<std::vector<GivenOutput>> describe_results(const Results& results) {
  std::vector<GivenOutput> given;
  for (std::size_t i = 0; i < results.tensors.size(); ++i) {
    auto dense = to_dense(results.tensors[i]);
    if (!dense) return fail(dense.error().with_context(fmt::format("output {}", i)));
    const auto sizes = dense->sizes();
    given.push_back({results.names[i], to_dtype(dense->scalar_type()),
                     Shape(std::vector<std::int64_t>(sizes.begin(), sizes.end()))});
  }
  return given;
}

std::string to_text(const std::vector<TensorSpec>& specs, const std::vector<Shape>& shapes) {
  std::string text;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    text +=
        fmt::format("{}{} {}{}", i == 0 ? "" : ", ", specs[i].name, dtype_name(specs[i].dtype), to_string(shapes[i]));
  }
  return text;
}

/// Twice: what differs when values and open sizes do is not fixed. The second one is also when LibTorch compiles.
Result<std::vector<TensorSpec>> learn_outputs(const Network& network, const Inputs& inputs) {
  const bool open = std::ranges::any_of(inputs.specs, [](const TensorSpec& spec) { return !spec.shape.concrete(); });
  std::vector<Shape> shapes;
  Result<Results> first = internal_error("not tried");
  for (std::size_t trial = 0; trial < kTrials && !first; ++trial) {
    auto next = trial_shapes(inputs, trial);
    if (next == shapes) break;
    shapes = std::move(next);
    first = try_network(network, inputs.specs, shapes, true);
  }
  if (!first) {
    Error error = first.error();
    if (error.code == Code::kInternal) error.code = Code::kInvalidArgument;
    return fail(
        error.with_context(fmt::format("the network was tried with zeros, {}; if that is no input of it, say "
                                       "what is with --input-shape",
                                       to_text(inputs.specs, shapes))));
  }
  const auto given = TRY(describe_results(*first));
  std::optional<std::vector<GivenOutput>> again;
  if (auto second = try_network(network, inputs.specs, doubled_shapes(inputs, shapes), false)) {
    if (auto described = describe_results(*second)) again = std::move(*described);
  }
  return name_outputs(given, again, open);
}

class LibTorchSession final : public Session {
 public:
  LibTorchSession(Network network, SessionFacts facts)
      : info_(std::move(facts.model.info)),
        description_(std::move(facts.description)),
        write_log_(facts.write_log),
        cores_(facts.gpu < 0 ? facts.threads : 0),
        runnable_(check_runnable(info_)),
        network_(std::move(network)) {}

  const ModelInfo& info() const override { return info_; }
  std::string describe() const override { return description_; }
  int cores() const override { return cores_; }
  using Session::run;
  Status run(std::span<const Tensor> inputs, std::span<Tensor> outputs) override {
    TRY(Status(runnable_));
    TRY(check_run(info_, inputs, outputs));
    const LoggedWarnings warnings(write_log_);
    return guarded([&] { return run_network(inputs, outputs); });
  }

 private:
  Status run_network(std::span<const Tensor> inputs, std::span<Tensor> outputs) const;
  Status take(at::Tensor value, std::size_t index, Tensor& output) const;

  const ModelInfo info_;
  const std::string description_;
  const EngineLibraryLog write_log_;
  const int cores_;
  const Status runnable_;
  const Network network_;
};

Status LibTorchSession::run_network(std::span<const Tensor> inputs, std::span<Tensor> outputs) const {
  std::vector<at::Tensor> given;
  given.reserve(inputs.size());
  for (const Tensor& input : inputs) given.push_back(wrap(input));
  Results results;
  TRY(network_.run(given, results));
  if (results.tensors.size() != outputs.size()) {
    return internal_error(fmt::format("the network returned {} tensors where it returned {} when it was loaded",
                                      results.tensors.size(), outputs.size()));
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (Status taken = take(std::move(results.tensors[i]), i, outputs[i]); !taken) {
      return fail(taken.error().with_context("output '" + info_.outputs[i].name + "'"));
    }
  }
  return {};
}

Status LibTorchSession::take(at::Tensor value, std::size_t index, Tensor& output) const {
  value = TRY(to_dense(value));
  if (to_dtype(value.scalar_type()) != info_.outputs[index].dtype) {
    return internal_error(fmt::format("the result is {} where it was {} when the network was loaded",
                                      c10::toString(value.scalar_type()), dtype_name(info_.outputs[index].dtype)));
  }
  if (output.empty()) {
    output = TRY(unwrap(std::move(value)));
    return {};
  }
  if (!std::ranges::equal(value.sizes(), output.shape().dims())) {
    const Shape shape(std::vector<std::int64_t>(value.sizes().begin(), value.sizes().end()));
    return invalid_argument(fmt::format("the result is {}, got memory for {}", to_string(shape), to_string(output)));
  }
  if (output.byte_size() > 0) std::memcpy(output.mutable_data(), value.const_data_ptr(), output.byte_size());
  return {};
}

}  // namespace

Result<std::unique_ptr<Session>> make_session(const torch::jit::Module& network, SessionFacts facts) {
  Network made(network, facts.threads, facts.gpu);
  std::vector<Argument> arguments;
  for (std::size_t i = 1; i < made.schema().arguments().size(); ++i) {
    arguments.push_back(describe_argument(made.schema().arguments()[i]));
  }
  Inputs inputs = TRY(name_inputs(arguments, facts.model.info.inputs, facts.hints));
  arguments.resize(inputs.arguments);
  made.set_arguments(std::move(arguments));
  facts.model.info.outputs = TRY(learn_outputs(made, inputs));
  facts.model.info.inputs = std::move(inputs.specs);
  return std::make_unique<LibTorchSession>(std::move(made), std::move(facts));
}

}  // namespace tandem::libtorch
