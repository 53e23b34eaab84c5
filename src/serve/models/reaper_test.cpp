// SPDX-License-Identifier: Apache-2.0
// Facts about Reaper.
#include "serve/models/reaper.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "support/fake_engine.h"

namespace tandem::serve {
namespace {

/// Tells on which thread it ended.
class LastWords final : public Session {
 public:
  explicit LastWords(std::promise<std::thread::id>& ended) : ended_(ended) {}
  ~LastWords() override { ended_.set_value(std::this_thread::get_id()); }
  const ModelInfo& info() const override { return info_; }
  std::string describe() const override { return "fake"; }
  Status run(std::span<const Tensor>, std::span<Tensor>) override { return {}; }

 private:
  std::promise<std::thread::id>& ended_;
  ModelInfo info_;
};

std::unique_ptr<LoadedModel> model_with(std::promise<std::thread::id>& ended) {
  auto model = std::make_unique<LoadedModel>();
  model->session = std::make_unique<LastWords>(ended);
  return model;
}

TEST(Reaper, EndsAModelOnItsOwnThreadAndThenSaysSo) {
  std::promise<std::thread::id> ended;
  std::promise<void> gone;
  Reaper reaper;
  auto model = reaper.adopt(model_with(ended), [&] { gone.set_value(); });
  model.reset();
  EXPECT_NE(ended.get_future().get(), std::this_thread::get_id());
  gone.get_future().get();
}

TEST(Reaper, AModelThatOutlivesItEndsWhereItsLastReferenceGoes) {
  std::promise<std::thread::id> ended;
  std::shared_ptr<const LoadedModel> model;
  {
    Reaper reaper;
    model = reaper.adopt(model_with(ended), [] { ADD_FAILURE() << "nobody is there to be told"; });
  }
  model.reset();
  EXPECT_EQ(ended.get_future().get(), std::this_thread::get_id());
}

}  // namespace
}  // namespace tandem::serve
