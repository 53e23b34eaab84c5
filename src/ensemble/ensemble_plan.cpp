// SPDX-License-Identifier: Apache-2.0
// Wires values to tensors by name, joins their shapes, sorts the steps.
#include "ensemble/ensemble_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "core/spec_list.h"
#include "ensemble/joined_dims.h"

namespace tandem {
namespace {

constexpr std::size_t kNoStep = static_cast<std::size_t>(-1);

/// Where a value comes from, and what is known of it.
struct Value {
  std::string name;
  std::size_t source = kNoStep;  // the step that brings it forth; kNoStep: an input of the ensemble
  bool used = false;
  bool optional = true;              // every model that takes it can do without
  const TensorSpec* spec = nullptr;  // of its source, else of the first model that takes it
  std::vector<JoinedDims::Id> dims;
};

class Planner final {
 public:
  Planner(const EnsembleConfig& config, std::span<const ModelInfo> models) : config_(config), models_(models) {}

  Result<EnsemblePlan> plan() {
    for (const std::string& name : config_.inputs) TRY(add_value(name, kNoStep));
    steps_.resize(config_.steps.size());
    for (std::size_t step = 0; step < steps_.size(); ++step) TRY(wire_outputs(step));
    for (std::size_t step = 0; step < steps_.size(); ++step) TRY(wire_inputs(step));
    EnsemblePlan plan;
    plan.value_count = values_.size();
    TRY(choose_outputs(plan));
    TRY(describe(plan));
    TRY(sort_steps(plan));
    mark_last_uses(plan);
    return plan;
  }

 private:
  std::string step_name(std::size_t step) const {
    return fmt::format("steps[{}] ({})", step, config_.steps[step].model);
  }

  Status add_value(const std::string& name, std::size_t source) {
    if (!numbers_.emplace(name, values_.size()).second) {
      return invalid_argument(fmt::format("the value '{}' has two sources: give one of them another name", name));
    }
    values_.emplace_back();
    values_.back().name = name;
    values_.back().source = source;
    return {};
  }

  Status wire_outputs(std::size_t step) {
    const ModelInfo& model = models_[step];
    steps_[step].step = step;
    steps_[step].outputs.resize(model.outputs.size());
    for (const auto& [tensor, name] : config_.steps[step].outputs) {
      const auto index = find_spec(model.outputs, tensor);
      if (!index) {
        return invalid_argument(fmt::format("{}: the model has no output '{}'; it has {}", step_name(step), tensor,
                                            names_of(model.outputs)));
      }
      TRY(add_value(name, step));
      steps_[step].outputs[*index] = values_.size() - 1;
      TRY(join(values_.back(), step, model.outputs[*index]));
    }
    return {};
  }

  Status wire_inputs(std::size_t step) {
    const ModelInfo& model = models_[step];
    PlannedStep& planned = steps_[step];
    planned.inputs.resize(model.inputs.size());
    for (const auto& [tensor, name] : config_.steps[step].inputs) {
      const auto index = find_spec(model.inputs, tensor);
      if (!index) {
        return invalid_argument(
            fmt::format("{}: the model has no input '{}'; it has {}", step_name(step), tensor, names_of(model.inputs)));
      }
      const auto number = numbers_.find(name);
      if (number == numbers_.end()) {
        return invalid_argument(
            fmt::format("{}: input '{}' takes the value '{}', which is no input of the ensemble and comes from no step",
                        step_name(step), tensor, name));
      }
      planned.inputs[*index] = number->second;
      Value& value = values_[number->second];
      value.used = true;
      value.optional = value.optional && model.inputs[*index].optional;
      TRY(join(value, step, model.inputs[*index]));
    }
    for (std::size_t i = 0; i < model.inputs.size(); ++i) {
      if (planned.inputs[i] || model.inputs[i].optional) continue;
      return invalid_argument(
          fmt::format("{}: nothing is given for the model's input {}", step_name(step), to_string(model.inputs[i])));
    }
    return {};
  }

  /// The value goes through this tensor of the model of `step`: dtypes are equal, dimensions become one.
  Status join(Value& value, std::size_t step, const TensorSpec& spec) {
    const auto mismatch = [&] {
      return invalid_argument(fmt::format("{}: '{}' is {}{}, but the value '{}' is {}{}", step_name(step), spec.name,
                                          dtype_name(spec.dtype), to_string(spec.shape), value.name,
                                          dtype_name(value.spec->dtype), to_string(value.spec->shape)));
    };
    if (value.spec == nullptr || (value.spec->shape.unknown_rank && !spec.shape.unknown_rank)) {
      if (value.spec != nullptr && value.spec->dtype != spec.dtype) return mismatch();
      value.spec = &spec;
      for (const Dim& dim : spec.shape.dims) value.dims.push_back(dims_.of(step, dim));
      return {};
    }
    if (value.spec->dtype != spec.dtype) return mismatch();
    if (spec.shape.unknown_rank) return {};
    if (spec.shape.dims.size() != value.dims.size()) return mismatch();
    for (std::size_t axis = 0; axis < value.dims.size(); ++axis) {
      if (!dims_.join(value.dims[axis], dims_.of(step, spec.shape.dims[axis]))) return mismatch();
    }
    return {};
  }

  Status choose_outputs(EnsemblePlan& plan) {
    for (const std::string& name : config_.outputs) {
      const auto number = numbers_.find(name);
      if (number == numbers_.end() || values_[number->second].source == kNoStep) {
        return invalid_argument(fmt::format("outputs: '{}' comes from no step", name));
      }
      values_[number->second].used = true;
      plan.outputs.push_back(number->second);
    }
    return {};
  }

  TensorSpec describe_value(const Value& value) {
    TensorSpec spec{value.name, value.spec->dtype, {{}, value.spec->shape.unknown_rank}, false};
    for (const JoinedDims::Id id : value.dims) spec.shape.dims.push_back(dims_.describe(id));
    return spec;
  }

  Status describe(EnsemblePlan& plan) {
    for (std::size_t i = 0; i < config_.inputs.size(); ++i) {
      if (!values_[i].used) return invalid_argument(fmt::format("inputs: no step takes '{}'", values_[i].name));
      plan.info.inputs.push_back(describe_value(values_[i]));
      plan.info.inputs.back().optional = values_[i].optional;
    }
    for (const std::size_t number : plan.outputs) plan.info.outputs.push_back(describe_value(values_[number]));
    return {};
  }

  /// Kahn's order, the earliest in the file first.
  Status sort_steps(EnsemblePlan& plan) {
    std::vector<bool> planned(steps_.size());
    const auto is_ready = [&](const PlannedStep& step) {
      return std::all_of(step.inputs.begin(), step.inputs.end(), [&](const std::optional<std::size_t>& value) {
        return !value || values_[*value].source == kNoStep || planned[values_[*value].source];
      });
    };
    while (plan.steps.size() < steps_.size()) {
      std::size_t next = 0;
      while (next < steps_.size() && (planned[next] || !is_ready(steps_[next]))) ++next;
      if (next == steps_.size()) {
        const auto stuck = std::find(planned.begin(), planned.end(), false) - planned.begin();
        return invalid_argument(
            fmt::format("{}: what it takes depends on what it brings forth; an ensemble has no loops",
                        step_name(static_cast<std::size_t>(stuck))));
      }
      planned[next] = true;
      plan.steps.push_back(steps_[next]);
    }
    return {};
  }

  void mark_last_uses(EnsemblePlan& plan) const {
    std::vector<bool> needed(values_.size());
    for (const std::size_t number : plan.outputs) needed[number] = true;
    for (auto step = plan.steps.rbegin(); step != plan.steps.rend(); ++step) {
      for (const auto* list : {&step->inputs, &step->outputs}) {
        for (const auto& value : *list) {
          if (!value || needed[*value]) continue;
          needed[*value] = true;
          step->last_uses.push_back(*value);
        }
      }
    }
  }

  const EnsembleConfig& config_;
  std::span<const ModelInfo> models_;
  std::vector<Value> values_;
  std::map<std::string, std::size_t, std::less<>> numbers_;  // of values, by name
  std::vector<PlannedStep> steps_;
  JoinedDims dims_;
};

}  // namespace

Result<EnsemblePlan> plan_ensemble(const EnsembleConfig& config, std::span<const ModelInfo> models) {
  if (models.size() != config.steps.size())
    return internal_error("an ensemble was planned with other models than its own");
  return Planner(config, models).plan();
}

}  // namespace tandem
