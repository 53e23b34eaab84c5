// SPDX-License-Identifier: Apache-2.0
// Runs the plan.
#include "ensemble/ensemble_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "engine/model_parts.h"
#include "engine/run_checks.h"

namespace tandem {
namespace {

class EnsembleSession final : public Session, public ModelParts {
 public:
  EnsembleSession(EnsemblePlan plan, std::vector<std::unique_ptr<Session>> models, std::vector<std::string> parts)
      : plan_(std::move(plan)), models_(std::move(models)), parts_(std::move(parts)) {}

  const ModelInfo& info() const override { return plan_.info; }
  std::vector<std::string> parts() const override { return parts_; }

  std::string describe() const override {
    std::string text = fmt::format("{} models in turn", models_.size());
    for (const PlannedStep& step : plan_.steps) text += fmt::format("; {}", models_[step.step]->describe());
    return text;
  }

  /// The steps of one run follow each other.
  int cores() const override {
    int most = 0;
    for (const auto& model : models_) most = std::max(most, model->cores());
    return most;
  }

  Status run(std::span<const Tensor> inputs, std::span<Tensor> outputs) override {
    TRY(check_run(plan_.info, inputs, outputs));
    std::vector<Tensor> values(plan_.value_count);
    for (std::size_t i = 0; i < inputs.size(); ++i) values[i] = inputs[i].view();
    // Memory that the caller brought is written by the step itself.
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (!outputs[i].empty()) values[plan_.outputs[i]] = std::move(outputs[i]);
    }
    for (const PlannedStep& step : plan_.steps) {
      if (Status done = run_step(step, values); !done) {
        return fail(std::move(done).error().with_context(fmt::format("steps[{}]", step.step)));
      }
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) outputs[i] = std::move(values[plan_.outputs[i]]);
    return {};
  }

 private:
  Status run_step(const PlannedStep& step, std::vector<Tensor>& values) const {
    std::vector<Tensor> inputs(step.inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (step.inputs[i] && !values[*step.inputs[i]].empty()) inputs[i] = values[*step.inputs[i]].view();
    }
    std::vector<Tensor> outputs(step.outputs.size());
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (step.outputs[i]) outputs[i] = std::move(values[*step.outputs[i]]);
    }
    TRY(models_[step.step]->run(inputs, outputs));
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (step.outputs[i]) values[*step.outputs[i]] = std::move(outputs[i]);
    }
    for (const std::size_t value : step.last_uses) values[value] = Tensor();
    return {};
  }

  const EnsemblePlan plan_;
  const std::vector<std::unique_ptr<Session>> models_;
  const std::vector<std::string> parts_;
};

}  // namespace

std::unique_ptr<Session> make_ensemble_session(EnsemblePlan plan, std::vector<std::unique_ptr<Session>> models,
                                               std::vector<std::string> parts) {
  return std::make_unique<EnsembleSession>(std::move(plan), std::move(models), std::move(parts));
}

}  // namespace tandem
