// SPDX-License-Identifier: Apache-2.0
// Requests to a worker of this process over a socket, in every order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <thread>

#include "base/file.h"
#include "bench/process/measure_worker.h"
#include "support/fake_engine.h"
#include "support/temp_dir.h"

namespace tandem::bench {
namespace {

using testing::HasSubstr;

/// A worker with the engine "fake" (y = 2 x, four wide), and a file for it.
class MeasureWorkerTest : public testing::Test {
 protected:
  MeasureWorkerTest() {
    engines_.add(std::make_unique<FakeEngine>("fake", ".onnx", Status{}));
    model_ = folder_.path() / "m.onnx";
    EXPECT_TRUE(write_file_atomic(model_, "x"));
    auto ends = MessageSocket::pair();
    ours_.emplace(std::move(ends->first));
    worker_ = std::thread(
        [this, end = std::move(ends->second)]() mutable { ended_ = serve_measurements(engines_, std::move(end)); });
  }
  ~MeasureWorkerTest() override {
    ours_->close();
    worker_.join();
  }

  Message ask(MessageKind kind, const std::string& body = {}) {
    const SteadyTime deadline = system_clock().now() + std::chrono::seconds(30);
    EXPECT_TRUE(ours_->send(kind, body, deadline));
    auto message = ours_->receive(deadline);
    EXPECT_TRUE(message);
    return message ? std::move(*message) : Message{};
  }
  LoadRequest request() const { return {"fake", model_.string(), {}}; }
  void load_and_prepare() {
    EXPECT_EQ(ask(MessageKind::kLoad, encode_load(request())).kind, MessageKind::kLoaded);
    std::vector<Tensor> set;
    set.push_back(*Tensor::from<float>({1, 4}, std::array<float, 4>{1, 2, 3, 4}));
    EXPECT_EQ(ask(MessageKind::kAddInputs, encode_tensors(set)).kind, MessageKind::kDone);
    EXPECT_EQ(ask(MessageKind::kPrepare, encode_info(fake_vector_model(4))).kind, MessageKind::kDone);
  }
  std::string failure(MessageKind kind, const std::string& body = {}) {
    const Message message = ask(kind, body);
    EXPECT_EQ(message.kind, MessageKind::kFailed);
    const auto error = parse_error(message.body);
    return error ? error->message : "";
  }

  TempDir folder_;
  std::filesystem::path model_;
  EngineRegistry engines_;
  std::optional<MessageSocket> ours_;
  std::thread worker_;
  Status ended_;
};

TEST_F(MeasureWorkerTest, SaysWhatItHasLoaded) {
  const auto loaded = parse_loaded(ask(MessageKind::kLoad, encode_load(request())).body);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->engine, "fake");
  EXPECT_EQ(loaded->options, "fake");
  EXPECT_EQ(loaded->info, fake_vector_model(4));
  EXPECT_GT(loaded->memory.before_load_bytes, 0U);
}

TEST_F(MeasureWorkerTest, AnswersWithTheOutputs) {
  load_and_prepare();
  const auto answer = parse_answer(ask(MessageKind::kRunSet, encode_number(0)).body);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->outputs.at(0).values<float>()[3], 8);
}

TEST_F(MeasureWorkerTest, RunsABlock) {
  load_and_prepare();
  const auto block = parse_block(ask(MessageKind::kRunBlock, encode_number(2'000'000)).body);
  ASSERT_TRUE(block);
  EXPECT_GE(block->seconds, 0.002);
  EXPECT_GT(block->samples_ms.size(), 1U);
}

TEST_F(MeasureWorkerTest, TellsItsMemory) {
  const auto use = parse_memory_use(ask(MessageKind::kMemory).body);
  ASSERT_TRUE(use);
  EXPECT_GT(use->now_bytes, 0U);
}

TEST_F(MeasureWorkerTest, SaysWhichEnginesThereAre) {
  LoadRequest other = request();
  other.engine = "nothing";
  EXPECT_THAT(failure(MessageKind::kLoad, encode_load(other)), HasSubstr("fake"));
}

TEST_F(MeasureWorkerTest, DoesNothingBeforeAModelIsThere) {
  EXPECT_THAT(failure(MessageKind::kPrepare, encode_info(fake_vector_model(4))), HasSubstr("no model"));
  EXPECT_THAT(failure(MessageKind::kRunBlock, encode_number(1)), HasSubstr("no inputs"));
  EXPECT_THAT(failure(MessageKind::kRunSet, encode_number(0)), HasSubstr("no input set 0"));
}

TEST_F(MeasureWorkerTest, LoadsOneModel) {
  load_and_prepare();
  EXPECT_THAT(failure(MessageKind::kLoad, encode_load(request())), HasSubstr("already"));
}

TEST_F(MeasureWorkerTest, RefusesARequestThatThereIsNot) {
  EXPECT_THAT(failure(static_cast<MessageKind>(99)), HasSubstr("no request of kind 99"));
}

}  // namespace
}  // namespace tandem::bench
