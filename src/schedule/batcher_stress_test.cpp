// SPDX-License-Identifier: Apache-2.0
// From several threads at once: no request is lost, none is answered twice, each gets its own answer.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "schedule/batcher.h"
#include "schedule/core_tokens.h"
#include "support/fake_engine.h"

namespace tandem {
namespace {

struct Plan {
  std::int64_t max_batch_size;
  std::size_t max_queued;
  std::chrono::microseconds inline_limit;
  int instances = 1;
};

constexpr int kThreads = 4;
constexpr int kRequestsPerThread = 3000;

/// Each thread submits rows that carry its own numbers and checks what comes back.
class Crowd {
 public:
  void submit_all(Batcher& batcher, int thread) {
    std::mt19937 random(static_cast<unsigned>(thread));
    for (int i = 0; i < kRequestsPerThread; ++i) {
      const auto rows = static_cast<std::int64_t>(random() % 3 + 1);
      const auto width = static_cast<std::int64_t>(random() % 8 == 0 ? 3 : 2);
      const std::size_t id = static_cast<std::size_t>(thread * kRequestsPerThread + i);
      const std::vector<float> values(static_cast<std::size_t>(rows * width), static_cast<float>(id));
      BatchRequest request;
      request.inputs.push_back(*Tensor::from<float>({rows, width}, values));
      request.priority = static_cast<std::uint32_t>(random() % 4);
      batcher.submit(std::move(request), [this, id, rows](Result<BatchAnswer> answer) { check(id, rows, answer); });
    }
  }

  void check(std::size_t id, std::int64_t rows, const Result<BatchAnswer>& answer) {
    ++answers[id];
    if (!answer) {
      refused += answer.error().code == Code::kResourceExhausted ? 1 : 0;
      return;
    }
    ++answered;
    bool right = answer->outputs[0].shape()[0] == rows;
    for (const float y : answer->outputs[0].values<float>()) right = right && y == 2 * static_cast<float>(id);
    if (!right) ++wrong;
  }

  std::vector<std::atomic<int>> answers = std::vector<std::atomic<int>>(kThreads * kRequestsPerThread);
  std::atomic<int> answered{0};
  std::atomic<int> refused{0};
  std::atomic<int> wrong{0};
};

class BatcherStressTest : public ::testing::TestWithParam<Plan> {};

TEST_P(BatcherStressTest, EveryRequestIsAnsweredOnce) {
  const auto session = doubling_session(2);
  Crowd crowd;
  {
    BatcherOptions options;
    options.max_batch_size = GetParam().max_batch_size;
    options.max_queued_requests = GetParam().max_queued;
    options.inline_limit = GetParam().inline_limit;
    options.instances = GetParam().instances;
    options.priority_levels = 3;
    CoreTokens cores(2);
    options.cores = &cores;
    Batcher batcher(*session, options, system_clock());
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) threads.emplace_back([&, t] { crowd.submit_all(batcher, t); });
    for (std::thread& thread : threads) thread.join();
  }
  for (const auto& count : crowd.answers) ASSERT_EQ(count, 1);
  EXPECT_EQ(crowd.wrong, 0);
  EXPECT_EQ(crowd.answered + crowd.refused, kThreads * kRequestsPerThread);
}

INSTANTIATE_TEST_SUITE_P(Policies, BatcherStressTest,
                         ::testing::Values(Plan{16, 100000, std::chrono::microseconds(100)},  // in place and combined
                                           Plan{16, 100000, std::chrono::microseconds(0)},    // worker only
                                           Plan{0, 100000, std::chrono::microseconds(100)},   // never batched
                                           Plan{4, 5, std::chrono::microseconds(5)},          // overflowing queue
                                           Plan{16, 100000, std::chrono::microseconds(100), 3},
                                           Plan{16, 100000, std::chrono::microseconds(0), 3},
                                           Plan{4, 5, std::chrono::microseconds(5), 2}));

}  // namespace
}  // namespace tandem
