// SPDX-License-Identifier: Apache-2.0
// The same measures as `tandem optimize` and `tandem compare`.
#include "app/tune/answer_check.h"

#include <fmt/format.h>

#include "app/bench/input_flags.h"
#include "app/optimize/optimize_score.h"
#include "bench/agreement.h"
#include "bench/random_inputs.h"
#include "bench/session_side.h"

namespace tandem::app {
namespace {

constexpr double kAccuracyLoss = 0.01;  // that is allowed when nothing is said

PlanConfig plan_as_it_is(const TuneProblem& problem) { return tune::first_candidates(problem.space)[0].plan; }

/// The task's first metric.
Result<TaskMetric> main_metric(Session& reference, Session& session, const ExampleSet& data, const Pipeline* pipeline) {
  Session* const sessions[] = {&reference, &session};
  const auto scores = TRY(score_variants(sessions, data, pipeline, [](double) {}));
  if (scores[1].metrics.empty()) {
    return fail(Code::kFailedPrecondition,
                "--data does not say what is right (labels, masks or captions), so no accuracy can be measured on it");
  }
  return scores[1].metrics[0];
}

}  // namespace

Result<std::unique_ptr<AnswerCheck>> AnswerCheck::create(const TuneFlags& flags, const TuneProblem& problem,
                                                         tune::EngineTrials& trials) {
  std::unique_ptr<AnswerCheck> check(new AnswerCheck(flags, problem, trials));
  check->reference_ = TRY(trials.session(plan_as_it_is(problem)));
  if (!flags.data.empty()) {
    TRY(check->read_data());
    return check;
  }
  bench::RandomInputOptions random;
  random.dims = TRY(parse_dims(flags.dims));
  check->inputs_ = TRY(bench::make_random_sets(problem.info.inputs, random));
  bench::SessionSide side(*check->reference_, system_clock());
  TRY(side.prepare(problem.info, check->inputs_));
  for (std::size_t set = 0; set < check->inputs_.size(); ++set) {
    const bench::Answer answer = TRY(side.run_set(set));
    std::vector<Tensor>& kept = check->answers_.emplace_back();
    for (const Tensor& output : answer.outputs) kept.push_back(TRY(output.clone()));
  }
  return check;
}

Status AnswerCheck::read_data() {
  if (problem_.config) {
    ModelConfig config = *problem_.config;
    pipeline_ = TRY(Pipeline::create(std::move(config), problem_.info));
  }
  const ExampleReader reader{problem_.info, pipeline_ ? &*pipeline_ : nullptr};
  data_ = TRY(read_examples(flags_.data, flags_.data_count, reader));
  const TaskMetric metric = TRY(main_metric(*reference_, *reference_, data_, pipeline_ ? &*pipeline_ : nullptr));
  as_it_is_ = metric.value;
  least_ = flags_.min_accuracy.value_or(metric.value - kAccuracyLoss);
  return {};
}

Result<tune::AnswerVerdict> AnswerCheck::score(Session& session) const {
  const TaskMetric metric = TRY(main_metric(*reference_, session, data_, pipeline_ ? &*pipeline_ : nullptr));
  tune::AnswerVerdict verdict;
  verdict.admitted = metric.value >= least_;
  verdict.text = fmt::format("{} {:.4f} of {} (as it is {:.4f})", metric.name, metric.value, metric.count, as_it_is_);
  if (!verdict.admitted) verdict.text += fmt::format(", below {:.4f}", least_);
  return verdict;
}

Result<tune::AnswerVerdict> AnswerCheck::compare(Session& session) const {
  bench::SessionSide side(session, system_clock());
  TRY(side.prepare(problem_.info, inputs_));
  bench::Agreement agreement;
  for (std::size_t set = 0; set < inputs_.size(); ++set) {
    const bench::Answer answer = TRY(side.run_set(set));
    const std::vector<Tensor>& outputs = answer.outputs;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      bench::add_output(agreement, problem_.info.outputs[i].name, outputs[i], answers_[set][i], flags_.tolerance);
    }
  }
  tune::AnswerVerdict verdict;
  verdict.admitted = agreement.within;
  verdict.text = agreement.max_relative > 0
                     ? fmt::format("differs by {:.2g} of the largest value", agreement.max_relative)
                     : "equal";
  if (!verdict.admitted) {
    verdict.text = fmt::format(
        "its answers differ by {:.2g} of the largest value (cosine {:.6f}); with --data its accuracy decides",
        agreement.max_relative, agreement.min_cosine);
  }
  return verdict;
}

Result<tune::AnswerVerdict> AnswerCheck::check(const PlanConfig& plan) const {
  const std::shared_ptr<Session> session = TRY(trials_.session(plan));
  return data_.examples.empty() ? compare(*session) : score(*session);
}

}  // namespace tandem::app
