// SPDX-License-Identifier: Apache-2.0
// The measuring loop.
#include "bench/measure.h"

#include <fmt/format.h>

#include <algorithm>

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

}  // namespace

Result<Measurement> measure(Session& session, std::span<const Tensor> inputs, const MeasureOptions& options,
                            const Clock& clock, const Progress& progress) {
  if (options.runs > kMaxSamples) {
    return fail(Code::kResourceExhausted, fmt::format("{} runs are too many: at most {}", options.runs, kMaxSamples));
  }
  Runner runner(session, inputs, clock);
  Measurement measurement;
  for (std::size_t i = 0; i < options.warmup_runs; ++i) {
    const double elapsed_ms = TRY(runner.run_ms());
    if (i == 0) measurement.first_run_ms = elapsed_ms;
  }
  measurement.samples_ms.reserve(options.runs > 0 ? options.runs : 1 << 16);
  const SteadyTime begin = clock.now();
  SteadyTime last_progress = begin;
  for (double done = 0; done < 1 && measurement.samples_ms.size() < kMaxSamples;) {
    measurement.samples_ms.push_back(TRY(runner.run_ms()));
    const SteadyTime now = clock.now();
    done = share_done(options, measurement.samples_ms.size(), now - begin);
    if (progress && now - last_progress >= kProgressEvery) {
      last_progress = now;
      progress(done);
    }
  }
  return measurement;
}

}  // namespace tandem::bench
