// SPDX-License-Identifier: Apache-2.0
// All threads work at the same time, as they do when a model runs.
#include "profile/machine_peak.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "profile/multiply_add.h"

namespace tandem::profile {
namespace {

constexpr int kTrials = 5;
constexpr std::chrono::milliseconds kMultiplyAddTime{120};
constexpr std::chrono::microseconds kPieceTime{200};
constexpr std::int64_t kMostRounds = std::int64_t{1} << 40U;
constexpr std::uint64_t kLeastMemory = std::uint64_t{192} << 20U;
constexpr std::uint64_t kMostMemory = std::uint64_t{768} << 20U;

double seconds_between(SteadyTime begin, SteadyTime end) { return std::chrono::duration<double>(end - begin).count(); }

/// Runs work(thread) on all threads at once, kTrials times; the slowest one ends a trial. Of the quickest, in seconds.
double best_trial(int threads, const std::function<void(int)>& work) {
  double best = 1e9;
  SteadyTime begin{};
  int trial = 0;
  const auto between = [&]() noexcept {
    const SteadyTime now = system_clock().now();
    if (trial++ > 0) best = std::min(best, seconds_between(begin, now));
    begin = now;
  };
  std::barrier turns(threads, between);
  const auto take_part = [&](int thread) {
    for (int i = 0; i < kTrials; ++i) {
      turns.arrive_and_wait();
      work(thread);
    }
    turns.arrive_and_wait();
  };
  std::vector<std::jthread> others;
  for (int thread = 1; thread < threads; ++thread) others.emplace_back(take_part, thread);
  take_part(0);
  return best;
}

/// The sum of what each thread reached in its best short piece while all were at work: on a machine that does other
/// things besides, hardly a long piece goes by without one of them being interrupted.
double measure_flops(int threads, const MultiplyAddLoop& loop) {
  std::atomic<float> sink{0};
  std::int64_t rounds = 1024;
  const auto run_piece = [&] {
    const SteadyTime begin = system_clock().now();
    sink = loop.run(rounds);
    return seconds_between(begin, system_clock().now());
  };
  while (run_piece() < std::chrono::duration<double>(kPieceTime).count() && rounds < kMostRounds) rounds *= 2;
  std::atomic<double> sum{0};
  std::barrier start(threads);
  const auto take_part = [&] {
    start.arrive_and_wait();
    double best = run_piece();
    const SteadyTime end = system_clock().now() + kMultiplyAddTime;
    while (system_clock().now() < end) best = std::min(best, run_piece());
    sum += static_cast<double>(rounds) * loop.flops_a_round / best;
  };
  std::vector<std::jthread> others;
  for (int thread = 1; thread < threads; ++thread) others.emplace_back(take_part);
  take_part();
  others.clear();
  return sum;
}

/// Of the last cache, as the kernel says it: the C library's number is that of the whole machine in some guests.
std::uint64_t last_cache_bytes() {
  for (const char* index : {"3", "2"}) {
    std::ifstream in(std::string("/sys/devices/system/cpu/cpu0/cache/index") + index + "/size");
    std::uint64_t kibibytes = 0;
    if (in >> kibibytes) return kibibytes << 10U;
  }
  return 0;
}

/// Memory for three arrays: four times what the last cache holds, as far as there is room.
std::uint64_t triad_memory() {
  const long pages = ::sysconf(_SC_AVPHYS_PAGES);
  const auto room = static_cast<std::uint64_t>(std::max(pages, 0L)) * static_cast<std::uint64_t>(::getpagesize()) / 4;
  const std::uint64_t wanted = std::clamp(last_cache_bytes() * 4, kLeastMemory, kMostMemory);
  return std::max(std::min(wanted, room), kLeastMemory / 8);
}

double measure_bytes(int threads, std::uint64_t memory) {
  const std::size_t each = memory / 3 / sizeof(double) / static_cast<std::size_t>(threads);
  std::vector<std::unique_ptr<double[]>> slices(static_cast<std::size_t>(threads));
  const auto work = [&](int thread) {
    auto& slice = slices[static_cast<std::size_t>(thread)];
    // Made by the thread that uses it, so that its pages lie near it; the first trial pays for that and does not count.
    if (slice == nullptr) slice = std::make_unique<double[]>(3 * each);
    double* const sum = slice.get();
    const double* const one = sum + each;
    const double* const other = one + each;
    for (std::size_t i = 0; i < each; ++i) sum[i] = one[i] + 3.0 * other[i];
  };
  const double seconds = best_trial(threads, work);
  return static_cast<double>(3 * each * sizeof(double) * static_cast<std::size_t>(threads)) / seconds;
}

}  // namespace

MachinePeak measure_machine_peak(int threads) {
  const SteadyTime begin = system_clock().now();
  const MultiplyAddLoop loop = widest_multiply_add();
  MachinePeak peak;
  peak.threads = std::max(threads, 1);
  peak.instructions = loop.instructions;
  peak.flops_per_second = measure_flops(peak.threads, loop);
  peak.memory_bytes = triad_memory();
  peak.bytes_per_second = measure_bytes(peak.threads, peak.memory_bytes);
  peak.took = system_clock().now() - begin;
  return peak;
}

std::string to_string(const MachinePeak& peak) {
  return fmt::format(
      "{:.4g} GFLOP/s float32 ({} multiply-adds), {:.3g} GB/s (triad over {} MiB), {} thread{}, in {:.1f} s",
      peak.flops_per_second / 1e9, peak.instructions, peak.bytes_per_second / 1e9, peak.memory_bytes >> 20U,
      peak.threads, peak.threads == 1 ? "" : "s", std::chrono::duration<double>(peak.took).count());
}

}  // namespace tandem::profile
