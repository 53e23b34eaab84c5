// SPDX-License-Identifier: Apache-2.0
// Matching by name, and the loop of a block.
#include "bench/session_side.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <thread>

#include "bench/statistics.h"

namespace tandem::bench {
namespace {

constexpr std::size_t kMaxBlockSamples = 20'000'000;
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

SessionSide::SessionSide(Session& session, const Clock& clock, int instances)
    : session_(&session), clock_(&clock), instances_(static_cast<std::size_t>(std::max(1, instances))) {}

Status SessionSide::prepare(const ModelInfo& reference, std::span<const std::vector<Tensor>> input_sets) {
  const std::vector<std::size_t> input_order = TRY(match(reference.inputs, session_->info().inputs, "inputs"));
  output_order_ = TRY(match(reference.outputs, session_->info().outputs, "outputs"));
  inputs_.clear();
  for (const std::vector<Tensor>& set : input_sets) {
    if (set.size() != input_order.size()) {
      return invalid_argument(
          fmt::format("an input set has {} tensors, the model {} inputs", set.size(), input_order.size()));
    }
    std::vector<Tensor> inputs(set.size());
    for (std::size_t i = 0; i < set.size(); ++i) inputs[input_order[i]] = set[i].view();
    inputs_.push_back(std::move(inputs));
  }
  if (inputs_.empty()) return invalid_argument("there is no input set to measure with");
  for (std::size_t i = 0; i < instances_.size(); ++i) {
    Instance& instance = instances_[i];
    instance.next_set = i;  // so that they do not all run the same one at once
    instance.outputs.clear();
    for (std::size_t set = 0; set < inputs_.size(); ++set) {
      instance.outputs.emplace_back(session_->info().outputs.size());
    }
  }
  return {};
}

Result<double> SessionSide::run_ms(Instance& instance, std::size_t set) {
  std::vector<Tensor>& outputs = instance.outputs[set];
  for (Tensor& output : outputs) {
    if (!output.writable()) output = Tensor();  // an engine's own memory, or none yet
  }
  const SteadyTime begin = clock_->now();
  TRY(session_->run(inputs_[set], outputs));
  const SteadyTime end = clock_->now();
  return std::chrono::duration<double, std::milli>(end - begin).count();
}

Result<double> SessionSide::run_next(Instance& instance) {
  return run_ms(instance, instance.next_set++ % inputs_.size());
}

Result<Answer> SessionSide::run_set(std::size_t set) {
  Answer answer;
  answer.took_ms = TRY(run_ms(instances_[0], set));
  for (const std::size_t index : output_order_) answer.outputs.push_back(instances_[0].outputs[set][index].view());
  return answer;
}

Result<std::vector<double>> SessionSide::run_until(Instance& instance, SteadyTime end) {
  std::vector<double> samples_ms;
  do {
    samples_ms.push_back(TRY(run_next(instance)));
  } while (clock_->now() < end && samples_ms.size() < kMaxBlockSamples / instances_.size());
  return samples_ms;
}

Result<std::vector<double>> SessionSide::run_all_until(SteadyTime end) {
  std::vector<Result<std::vector<double>>> parts(instances_.size());
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < instances_.size(); ++i) {
    others.emplace_back([&, i] { parts[i] = run_until(instances_[i], end); });
  }
  parts[0] = run_until(instances_[0], end);
  for (std::thread& other : others) other.join();
  std::vector<double> all;
  for (auto& part : parts) {
    const std::vector<double> samples_ms = TRY(std::move(part));
    all.insert(all.end(), samples_ms.begin(), samples_ms.end());
  }
  return all;
}

Result<Block> SessionSide::run_block(std::chrono::nanoseconds duration) {
  const double duration_ms = std::chrono::duration<double, std::milli>(duration).count();
  if (last_block_ms_ > 0 && last_block_ms_ < kShortShare * duration_ms) TRY(run_next(instances_[0]));
  Block block;
  const SteadyTime begin = clock_->now();
  block.samples_ms = TRY(run_all_until(begin + duration));
  block.seconds = std::chrono::duration<double>(clock_->now() - begin).count();
  std::vector<double> sorted = block.samples_ms;
  std::sort(sorted.begin(), sorted.end());
  block.median_ms = last_block_ms_ = percentile(sorted, 0.5);
  return block;
}

}  // namespace tandem::bench
