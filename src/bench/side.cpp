// SPDX-License-Identifier: Apache-2.0
// Matching by name, and the loop of a block.
#include "bench/side.h"

#include <fmt/format.h>

#include <algorithm>

#include "bench/statistics.h"

namespace tandem::bench {
namespace {

constexpr std::size_t kMaxSideSamples = 20'000'000;
constexpr double kShortShare = 0.25;  // of a block: runs longer than this are all counted

std::string list_names(const std::vector<TensorSpec>& specs) {
  std::string names;
  for (const TensorSpec& spec : specs) names += (names.empty() ? "" : ", ") + spec.name;
  return names.empty() ? "none" : names;
}

/// For each of `wanted`, which of `specs` it is.
Result<std::vector<std::size_t>> match(const std::vector<TensorSpec>& wanted, const std::vector<TensorSpec>& specs,
                                       std::string_view what) {
  std::vector<std::size_t> order;
  if (wanted.size() == 1 && specs.size() == 1) return std::vector<std::size_t>{0};
  for (const TensorSpec& spec : wanted) {
    const auto found = std::ranges::find(specs, spec.name, &TensorSpec::name);
    if (found == specs.end() || wanted.size() != specs.size()) {
      return invalid_argument(fmt::format("its {} are {}, those of the reference {}: they cannot be compared", what,
                                          list_names(specs), list_names(wanted)));
    }
    order.push_back(static_cast<std::size_t>(found - specs.begin()));
  }
  return order;
}

}  // namespace

Result<Side> Side::create(Session& session, const ModelInfo& reference, std::span<const std::vector<Tensor>> input_sets,
                          const Clock& clock) {
  Side side(session, clock);
  const std::vector<std::size_t> input_order = TRY(match(reference.inputs, session.info().inputs, "inputs"));
  side.output_order_ = TRY(match(reference.outputs, session.info().outputs, "outputs"));
  for (const std::vector<Tensor>& set : input_sets) {
    std::vector<Tensor> inputs(set.size());
    for (std::size_t i = 0; i < set.size(); ++i) inputs[input_order[i]] = set[i].view();
    side.inputs_.push_back(std::move(inputs));
    side.outputs_.emplace_back(session.info().outputs.size());
  }
  return side;
}

Result<double> Side::run_ms(std::size_t set) {
  std::vector<Tensor>& outputs = outputs_[set];
  const SteadyTime begin = clock_->now();
  TRY(session_->run(inputs_[set], outputs));
  const SteadyTime end = clock_->now();
  return std::chrono::duration<double, std::milli>(end - begin).count();
}

std::vector<Tensor> Side::outputs(std::size_t set) const {
  std::vector<Tensor> views;
  for (const std::size_t index : output_order_) views.push_back(outputs_[set][index].view());
  return views;
}

Result<double> Side::run_block(std::chrono::nanoseconds duration, std::vector<double>& samples_ms) {
  const auto run_next = [this] { return run_ms(next_set_++ % inputs_.size()); };
  const double duration_ms = std::chrono::duration<double, std::milli>(duration).count();
  if (last_block_ms_ > 0 && last_block_ms_ < kShortShare * duration_ms) TRY(run_next());
  const SteadyTime end = clock_->now() + duration;
  std::vector<double> counted;
  do {
    counted.push_back(TRY(run_next()));
  } while (clock_->now() < end && samples_ms.size() + counted.size() < kMaxSideSamples);
  samples_ms.insert(samples_ms.end(), counted.begin(), counted.end());
  std::sort(counted.begin(), counted.end());
  last_block_ms_ = percentile(counted, 0.5);
  return last_block_ms_;
}

}  // namespace tandem::bench
