// SPDX-License-Identifier: Apache-2.0
// The measuring loop.
#include "bench/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

namespace tandem::bench {
namespace {

constexpr std::size_t kMaxSamples = 50'000'000;
constexpr std::chrono::milliseconds kProgressEvery{100};

/// One model with its inputs and outputs; outputs of the first run are written to again by the others.
class Runner final {
 public:
  Runner(Session& session, std::span<const Tensor> inputs, const Clock& clock)
      : session_(session), inputs_(inputs), outputs_(session.info().outputs.size()), clock_(clock) {}

  Result<double> run_ms() {
    const SteadyTime begin = clock_.now();
    const Status done = session_.run(inputs_, outputs_);
    const SteadyTime end = clock_.now();
    if (!done) return fail(done.error());
    for (Tensor& output : outputs_) {
      if (!output.writable()) output = Tensor();
    }
    return std::chrono::duration<double, std::milli>(end - begin).count();
  }

 private:
  Session& session_;
  std::span<const Tensor> inputs_;
  std::vector<Tensor> outputs_;
  const Clock& clock_;
};

/// How far the measured runs have come.
double share_done(const MeasureOptions& options, std::size_t runs, std::chrono::nanoseconds elapsed) {
  if (options.runs > 0) return static_cast<double>(runs) / static_cast<double>(options.runs);
  return std::min(1.0, std::chrono::duration<double>(elapsed) / std::chrono::duration<double>(options.duration));
}

struct Sample {
  double took_ms = 0;
  SteadyTime ended{};
};

/// One measurement while it goes on; several threads take part in it.
class Measuring final {
 public:
  Measuring(const MeasureOptions& options, const Clock& clock) : options_(options), clock_(clock) {}

  /// Until enough has been measured by all. `progress` may be null.
  Result<std::vector<Sample>> run(Runner& runner, const Progress& progress) {
    std::vector<Sample> samples;
    samples.reserve(options_.runs > 0 ? options_.runs : 1 << 16);
    SteadyTime last_progress = begin_;
    for (double done = 0; done < 1;) {
      auto took_ms = runner.run_ms();
      if (!took_ms) {
        failed_ = true;
        return fail(std::move(took_ms).error());
      }
      const SteadyTime now = clock_.now();
      samples.push_back({*took_ms, now});
      const std::size_t runs = ++runs_;
      done = runs >= kMaxSamples || failed_ ? 1 : share_done(options_, runs, now - begin_);
      if (progress && now - last_progress >= kProgressEvery) {
        last_progress = now;
        progress(done);
      }
    }
    return samples;
  }

  SteadyTime begin() const { return begin_; }

 private:
  const MeasureOptions& options_;
  const Clock& clock_;
  const SteadyTime begin_ = clock_.now();
  std::atomic<std::size_t> runs_{0};
  std::atomic<bool> failed_{false};
};

/// The samples of all instances, as they ended.
Result<std::vector<Sample>> run_instances(Measuring& measuring, std::span<Runner> runners, const Progress& progress) {
  std::vector<Result<std::vector<Sample>>> parts(runners.size());
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < runners.size(); ++i) {
    others.emplace_back([&, i] { parts[i] = measuring.run(runners[i], {}); });
  }
  parts[0] = measuring.run(runners[0], progress);
  for (std::thread& other : others) other.join();
  std::vector<Sample> all;
  for (auto& part : parts) {
    const std::vector<Sample> samples = TRY(std::move(part));
    all.insert(all.end(), samples.begin(), samples.end());
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Sample& left, const Sample& right) { return left.ended < right.ended; });
  return all;
}

}  // namespace

Result<Measurement> measure(Session& session, std::span<const Tensor> inputs, const MeasureOptions& options,
                            const Clock& clock, const Progress& progress) {
  if (options.runs > kMaxSamples) {
    return fail(Code::kResourceExhausted, fmt::format("{} runs are too many: at most {}", options.runs, kMaxSamples));
  }
  std::vector<Runner> runners;
  runners.reserve(static_cast<std::size_t>(std::max(1, options.instances)));
  for (int i = 0; i < std::max(1, options.instances); ++i) runners.emplace_back(session, inputs, clock);
  Measurement measurement;
  for (std::size_t i = 0; i < options.warmup_runs; ++i) {
    const double elapsed_ms = TRY(runners[0].run_ms());
    if (i == 0) measurement.first_run_ms = elapsed_ms;
  }
  Measuring measuring(options, clock);
  std::vector<Sample> samples = TRY(run_instances(measuring, runners, progress));
  // Runs that had begun when the last one wanted ended are none of those that were asked for.
  if (options.runs > 0 && samples.size() > options.runs) samples.resize(options.runs);
  for (const Sample& sample : samples) measurement.samples_ms.push_back(sample.took_ms);
  measurement.seconds = std::chrono::duration<double>(samples.back().ended - measuring.begin()).count();
  return measurement;
}

}  // namespace tandem::bench
