// SPDX-License-Identifier: Apache-2.0
// Messages of honest workers are read; messages of others are refused with what is wrong.
#include "engines/python/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <concepts>

namespace tandem::python {
namespace {

using testing::HasSubstr;

/// Composes bodies as a worker does.
class Body final {
 public:
  template <std::integral T>
  Body& number(T value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof(value));
    return *this;
  }
  Body& text(const std::string& value) {
    number(static_cast<std::uint32_t>(value.size()));
    bytes_ += value;
    return *this;
  }
  std::span<const std::byte> bytes() const { return std::as_bytes(std::span(bytes_)); }

 private:
  std::string bytes_;
};

void add_spec(Body& body, const std::string& name, DType dtype) {
  body.text(name).number(static_cast<std::uint8_t>(dtype)).number(std::uint8_t{0}).number(std::uint8_t{2});
  body.number(std::int64_t{-1}).text("batch").number(std::int64_t{4}).text("");
}

Body ready_body(DType dtype = DType::kFloat32) {
  Body body;
  body.text("Python 3").text("cpu").text("Model").text("about");
  body.number(std::uint32_t{1});
  add_spec(body, "x", dtype);
  body.number(std::uint32_t{1});
  add_spec(body, "y", DType::kFloat32);
  body.number(std::uint8_t{2}).text("preprocess").number(std::uint32_t{3}).text("predict").number(std::uint32_t{1});
  return body;
}

Body result_body(DType dtype, std::int64_t rows) {
  Body body;
  body.number(std::uint32_t{1}).number(static_cast<std::uint8_t>(dtype)).number(std::uint8_t{2});
  body.number(std::uint64_t{64}).number(rows).number(std::int64_t{4});
  return body;
}

TEST(WorkerMessage, ReadyTellsWhatTheModelIs) {
  const auto message = parse_ready(ready_body().bytes());
  ASSERT_TRUE(message) << message.error().message;
  EXPECT_EQ(message->name, "Model");
  EXPECT_EQ(to_string(message->inputs.at(0)), "x: float32[batch,4]");
}

TEST(WorkerMessage, ReadyTellsTheStages) {
  const auto message = parse_ready(ready_body().bytes());
  EXPECT_THAT(message->stages, testing::ElementsAre(Stage{"preprocess", 3}, Stage{"predict", 1}));
}

TEST(WorkerMessage, BoundsStagesAndTheirWorkers) {
  for (const std::uint32_t workers : {0U, 257U, 0xFFFFFFFFU}) {
    Body body;
    body.text("").text("").text("").text("").number(std::uint32_t{0}).number(std::uint32_t{1});
    add_spec(body, "y", DType::kFloat32);
    body.number(std::uint8_t{1}).text("predict").number(workers);
    EXPECT_THAT(parse_ready(body.bytes()).error().message, HasSubstr("1 to 256 are allowed")) << workers;
  }
  Body many;
  many.text("").text("").text("").text("").number(std::uint32_t{0}).number(std::uint32_t{1});
  add_spec(many, "y", DType::kFloat32);
  many.number(std::uint8_t{200});
  EXPECT_THAT(parse_ready(many.bytes()).error().message, HasSubstr("200 stages, at most 8"));
}

TEST(WorkerMessage, ValueGoesFromOneStageToTheNextAsItIs) {
  Body body = result_body(DType::kInt64, 3);
  body.text(R"({"array": 0})");
  const auto value = parse_value(body.bytes());
  ASSERT_TRUE(value) << value.error().message;
  const std::string message = encode_continue(*value);
  const auto sent = std::as_bytes(std::span(message));
  EXPECT_EQ(parse_header(sent.first(kHeaderBytes))->kind, Kind::kContinue);
  EXPECT_EQ(*parse_value(sent.subspan(kHeaderBytes)), *value);
  for (std::size_t size = 0; size < body.bytes().size(); ++size) {
    EXPECT_FALSE(parse_value(body.bytes().first(size))) << size;
  }
}

TEST(WorkerMessage, ResultTellsWhereTheTensorsLie) {
  const auto places = parse_result(result_body(DType::kInt64, 3).bytes());
  ASSERT_TRUE(places) << places.error().message;
  EXPECT_EQ(places->at(0), (TensorPlace{DType::kInt64, {3, 4}, 64}));
}

TEST(WorkerMessage, FailedTellsWhy) {
  Body body;
  body.number(std::uint32_t{3}).text("no");
  EXPECT_EQ(*parse_failed(body.bytes()), (Error{Code::kInvalidArgument, "no"}));
}

TEST(WorkerMessage, IsRefusedWhereverItIsCutOff) {
  const Body ready = ready_body();
  for (std::size_t size = 0; size < ready.bytes().size(); ++size) {
    EXPECT_FALSE(parse_ready(ready.bytes().first(size))) << size;
  }
  const Body result = result_body(DType::kFloat32, 1);
  for (std::size_t size = 0; size < result.bytes().size(); ++size) {
    EXPECT_FALSE(parse_result(result.bytes().first(size))) << size;
  }
}

TEST(WorkerMessage, EndsWhereItSays) {
  Body body = result_body(DType::kFloat32, 1);
  body.number(std::uint8_t{0});
  EXPECT_THAT(parse_result(body.bytes()).error().message, HasSubstr("follow its end"));
}

TEST(WorkerMessage, HasNoShapesThatCannotBe) {
  EXPECT_FALSE(parse_result(result_body(DType::kFloat32, -1).bytes()));
  EXPECT_FALSE(parse_result(result_body(DType::kFloat32, std::int64_t{1} << 62).bytes()));
}

TEST(WorkerMessage, HasNoElementTypesThatNumPyHasNot) {
  EXPECT_FALSE(parse_ready(ready_body(DType::kString).bytes()));
  EXPECT_FALSE(parse_ready(ready_body(DType::kBfloat16).bytes()));
  EXPECT_FALSE(parse_result(result_body(DType::kInt4, 1).bytes()));
  EXPECT_FALSE(parse_result(result_body(static_cast<DType>(200), 1).bytes()));
}

TEST(WorkerMessage, NamesEachTensorOnce) {
  Body body;
  body.text("").text("").text("").text("").number(std::uint32_t{2});
  add_spec(body, "x", DType::kFloat32);
  add_spec(body, "x", DType::kFloat32);
  body.number(std::uint32_t{0});
  EXPECT_THAT(parse_ready(body.bytes()).error().message, HasSubstr("two inputs are called 'x'"));
}

TEST(WorkerMessage, BoundsCountsRanksAndTexts) {
  Body many;
  many.number(std::uint32_t{4'000'000'000});
  EXPECT_THAT(parse_result(many.bytes()).error().message, HasSubstr("at most 256"));
  Body deep;
  deep.number(std::uint32_t{1}).number(std::uint8_t{1}).number(std::uint8_t{255}).number(std::uint64_t{0});
  EXPECT_THAT(parse_result(deep.bytes()).error().message, HasSubstr("at most 32"));
  Body wide;
  wide.number(std::uint32_t{3}).number(std::uint32_t{0xFFFFFFFF});
  EXPECT_FALSE(parse_failed(wide.bytes()));
}

TEST(WorkerMessage, HasOnlyErrorCodesThatThereAre) {
  for (const std::uint32_t code : {0U, 17U, 0xFFFFFFFFU}) {
    Body body;
    body.number(code).text("x");
    EXPECT_FALSE(parse_failed(body.bytes())) << code;
  }
}

TEST(WorkerMessage, HeaderIsBounded) {
  Body honest;
  honest.number(std::uint32_t{7}).number(std::uint16_t{17}).number(std::uint16_t{0});
  EXPECT_EQ(parse_header(honest.bytes())->body_bytes, 7U);
  Body huge;
  huge.number(std::uint32_t{0x7FFFFFFF}).number(std::uint16_t{17}).number(std::uint16_t{0});
  EXPECT_FALSE(parse_header(huge.bytes()));
  Body reserved;
  reserved.number(std::uint32_t{7}).number(std::uint16_t{17}).number(std::uint16_t{1});
  EXPECT_FALSE(parse_header(reserved.bytes()));
}

TEST(WorkerMessage, ToTheWorkerBeginsWithItsLength) {
  const std::vector<TensorPlace> inputs = {{DType::kFloat32, {2, 3}, 128}};
  const std::string message = encode_run(inputs);
  const auto header = parse_header(std::as_bytes(std::span(message)).first(kHeaderBytes));
  ASSERT_TRUE(header);
  EXPECT_EQ(header->kind, Kind::kRun);
  EXPECT_EQ(header->body_bytes, message.size() - kHeaderBytes);
}

}  // namespace
}  // namespace tandem::python
