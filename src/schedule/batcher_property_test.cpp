// SPDX-License-Identifier: Apache-2.0
// Whatever comes in whatever order under whatever options: no request is lost, none answered twice, each keeps its
// place.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <future>
#include <map>
#include <mutex>
#include <optional>

#include "schedule/batcher.h"
#include "support/fake_clock.h"
#include "support/stepped_session.h"

namespace tandem {
namespace {

struct Asked {
  int rows;
  std::uint32_t priority;
  bool abandoned;
  int deadline_us;  // 0: none
};

struct Fate {
  int answers = 0;
  std::optional<Code> error;
  std::vector<float> values;
};

Asked any_request() {
  Asked asked;
  asked.rows = *rc::gen::inRange(1, 4);
  asked.priority = *rc::gen::inRange<std::uint32_t>(0, 5);
  asked.abandoned = *rc::gen::weightedElement<bool>({{5, false}, {1, true}});
  asked.deadline_us = *rc::gen::weightedElement<int>({{4, 0}, {1, 50}, {1, 500}});
  return asked;
}

BatcherOptions any_options() {
  BatcherOptions options;
  options.model_name = "m";
  options.max_batch_size = *rc::gen::element<std::int64_t>(0, 4, 7, 64);
  options.instances = *rc::gen::inRange(1, 4);
  options.priority_levels = *rc::gen::element<std::uint32_t>(0, 1, 3);
  options.max_queued_requests = *rc::gen::element<std::size_t>(3, 1000);
  if (*rc::gen::arbitrary<bool>()) options.preferred_batch_sizes = {2, 4};
  if (*rc::gen::arbitrary<bool>()) options.inline_limit = std::chrono::nanoseconds(0);
  return options;
}

/// Holds the instances with one request each, submits all, lets the deadlines of 50 us pass, and lets everything run.
std::vector<Fate> play(const std::vector<Asked>& plan, const BatcherOptions& options, SteppedSession& model) {
  FakeClock clock;
  std::vector<Fate> fates(plan.size());
  std::mutex mutex;
  Batcher batcher(model, options, clock);
  for (int i = 0; i < options.instances; ++i) {
    BatchRequest first;
    first.inputs.push_back(*Tensor::from<float>({1, 1}, std::vector<float>{-1}));
    batcher.submit(std::move(first), [](Result<BatchAnswer>) {});
    model.wait_until_running(i + 1);
  }
  for (std::size_t i = 0; i < plan.size(); ++i) {
    BatchRequest request;
    const std::vector<float> values(static_cast<std::size_t>(plan[i].rows), static_cast<float>(i));
    request.inputs.push_back(*Tensor::from<float>({plan[i].rows, 1}, values));
    request.priority = plan[i].priority;
    if (plan[i].abandoned) request.abandoned = std::make_shared<std::atomic<bool>>(true);
    if (plan[i].deadline_us > 0) request.deadline = clock.now() + std::chrono::microseconds(plan[i].deadline_us);
    batcher.submit(std::move(request), [&, i](Result<BatchAnswer> answer) {
      const std::lock_guard lock(mutex);
      ++fates[i].answers;
      if (!answer) {
        fates[i].error = answer.error().code;
        return;
      }
      const auto got = answer->outputs[0].values<float>();
      fates[i].values.assign(got.begin(), got.end());
    });
  }
  clock.advance(std::chrono::microseconds(100));
  model.permit(1 << 20);
  batcher.drain();
  return fates;
}

TEST(BatcherProperty, EveryRequestIsAnsweredOnceAndRightly) {
  EXPECT_TRUE(rc::check([] {
    const auto plan = *rc::gen::container<std::vector<Asked>>(rc::gen::exec(any_request));
    const BatcherOptions options = any_options();
    SteppedSession model;
    const std::vector<Fate> fates = play(plan, options, model);
    for (std::size_t i = 0; i < plan.size(); ++i) {
      RC_ASSERT(fates[i].answers == 1);
      if (!fates[i].error) {
        RC_ASSERT(!plan[i].abandoned);
        RC_ASSERT(plan[i].deadline_us != 50);
        const std::vector<float> doubled(static_cast<std::size_t>(plan[i].rows), 2 * static_cast<float>(i));
        RC_ASSERT(fates[i].values == doubled);
      } else if (fates[i].error == Code::kCancelled) {
        RC_ASSERT(plan[i].abandoned);
      } else if (fates[i].error == Code::kDeadlineExceeded) {
        RC_ASSERT(plan[i].deadline_us == 50);
      } else {
        RC_ASSERT(fates[i].error == Code::kResourceExhausted);
        RC_ASSERT(options.max_queued_requests == 3U);
      }
    }
  }));
}

TEST(BatcherProperty, NoRunExceedsTheLimitsAndTheInstances) {
  EXPECT_TRUE(rc::check([] {
    const auto plan = *rc::gen::container<std::vector<Asked>>(rc::gen::exec(any_request));
    const BatcherOptions options = any_options();
    SteppedSession model;
    play(plan, options, model);
    RC_ASSERT(model.most_running() <= options.instances);
    for (const SteppedSession::Names& run : model.runs()) {
      if (options.max_batch_size > 0) {
        RC_ASSERT(static_cast<std::int64_t>(run.size()) <= options.max_batch_size);
      } else {
        RC_ASSERT(std::count(run.begin(), run.end(), run.front()) == static_cast<std::ptrdiff_t>(run.size()));
      }
    }
  }));
}

TEST(BatcherProperty, WithinAPriorityFirstComeIsFirstServed) {
  EXPECT_TRUE(rc::check([] {
    const auto plan = *rc::gen::container<std::vector<Asked>>(rc::gen::exec(any_request));
    BatcherOptions options = any_options();
    options.instances = 1;  // so that the order of the runs is the order of the taking
    SteppedSession model;
    play(plan, options, model);
    std::map<std::size_t, float> last;
    for (const SteppedSession::Names& run : model.runs()) {
      for (const float name : run) {
        if (name < 0) continue;
        const std::uint32_t priority = plan[static_cast<std::size_t>(name)].priority;
        const std::size_t level = options.priority_levels > 0 ? priority_level(options, priority) : 0;
        const auto before = last.find(level);
        const bool in_order = before == last.end() || before->second <= name;  // RC_ASSERT evaluates both sides of ||
        RC_ASSERT(in_order);
        last[level] = name;
      }
    }
  }));
}

}  // namespace
}  // namespace tandem
