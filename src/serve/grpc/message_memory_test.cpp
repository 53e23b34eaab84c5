// SPDX-License-Identifier: Apache-2.0
// Which messages are kept, and that what is known of one is what reading it gives.
#include "serve/grpc/message_memory.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/protobuf_writer.h"

namespace tandem::serve {
namespace {

std::span<const std::byte> as_message(const std::string& text) { return std::as_bytes(std::span(text)); }

struct Asked {
  std::string model = "m";
  std::string output = "y";
  std::string id = {};
  std::vector<std::string> tensors = {"12345678"};
};

std::string encode(const Asked& asked) {
  ProtobufWriter request;
  request.text(1, asked.model);
  if (!asked.id.empty()) request.text(3, asked.id);
  for (std::size_t i = 0; i < asked.tensors.size(); ++i) {
    const std::vector<std::int64_t> shape = {1, 2};
    ProtobufWriter input;
    input.text(1, "x" + std::to_string(i));
    input.text(2, "FP32");
    input.packed(3, std::span<const std::int64_t>(shape));
    request.message(5, std::move(input));
  }
  ProtobufWriter output;
  output.text(1, asked.output);
  request.message(6, std::move(output));
  for (const std::string& tensor : asked.tensors) request.text(7, tensor);
  return request.bytes();
}

/// So often that it is kept if it may be.
void offer_often(MessageMemory& memory, const std::string& bytes) {
  const auto message = read_infer_message(as_message(bytes));
  ASSERT_TRUE(message) << message.error().message;
  for (int i = 0; i < 4; ++i) memory.offer(as_message(bytes), *message);
}

TEST(MessageMemory, KnowsAMessageWithAnotherTensor) {
  MessageMemory memory;
  offer_often(memory, encode({}));
  const std::string other = encode({.tensors = {"abcdefgh"}});
  const auto known = memory.find(as_message(other));
  ASSERT_TRUE(known);
  EXPECT_EQ(known->message->model_name, "m");
  EXPECT_EQ(known->message->envelope.inputs.at(0).name, "x0");
  EXPECT_EQ(known->message->envelope.inputs.at(0).shape, Shape({1, 2}));
  EXPECT_EQ(known->message->envelope.inputs.at(0).binary_data_size, 8U);
  EXPECT_EQ(known->message->envelope.outputs.at(0).name, "y");
  EXPECT_EQ(known->tensors.data(), as_message(other).data() + other.size() - 8);
  EXPECT_EQ(known->tensors.size(), 8U);
}

TEST(MessageMemory, WhatItKnowsOutlivesTheMessage) {
  MessageMemory memory;
  {
    const std::string first = encode({.model = "a_model_whose_name_is_not_short"});
    offer_often(memory, first);
  }
  const std::string again = encode({.model = "a_model_whose_name_is_not_short"});
  EXPECT_EQ(memory.find(as_message(again))->message->model_name, "a_model_whose_name_is_not_short");
}

TEST(MessageMemory, TellsMessagesApartThatDifferInOneByte) {
  MessageMemory memory;
  offer_often(memory, encode({.model = "m1"}));
  EXPECT_FALSE(memory.find(as_message(encode({.model = "m2"}))));
}

TEST(MessageMemory, DoesNotKnowAMessageThatIsCutOff) {
  MessageMemory memory;
  const std::string bytes = encode({});
  offer_often(memory, bytes);
  EXPECT_FALSE(memory.find(as_message(bytes.substr(0, bytes.size() - 1))));
  EXPECT_FALSE(memory.find(as_message(bytes + "x")));
  EXPECT_FALSE(memory.find({}));
}

TEST(MessageMemory, KeepsNoMessageWithAnId) {
  MessageMemory memory;
  offer_often(memory, encode({.id = "7"}));
  EXPECT_FALSE(memory.find(as_message(encode({.id = "7"}))));
}

TEST(MessageMemory, KeepsNoMessageOfSeveralTensors) {
  MessageMemory memory;
  const Asked asked{.tensors = {"12345678", "abcdefgh"}};
  offer_often(memory, encode(asked));
  EXPECT_FALSE(memory.find(as_message(encode(asked))));
}

TEST(MessageMemory, ForgetsWhatHasNotComeForLong) {
  MessageMemory memory;
  offer_often(memory, encode({}));
  for (int i = 0; i < 10; ++i) offer_often(memory, encode({.output = "other" + std::to_string(i)}));
  EXPECT_FALSE(memory.find(as_message(encode({}))));
}

}  // namespace
}  // namespace tandem::serve
