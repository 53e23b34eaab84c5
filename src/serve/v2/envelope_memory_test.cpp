// SPDX-License-Identifier: Apache-2.0
// Which JSON parts are kept, and for how long.
#include "serve/v2/envelope_memory.h"

#include <gtest/gtest.h>

#include <string>

namespace tandem::serve {
namespace {

/// The text of a request for the output `name`.
std::string text_for(const std::string& name) { return R"({"inputs":[],"outputs":[{"name":")" + name + R"("}]})"; }

Envelope read(const std::string& json) {
  const DataReader no_data = [](JsonReader& reader, const EnvelopeInput& input) -> Result<Tensor> {
    EXPECT_TRUE(reader.skip());
    return Tensor::allocate(DType::kFloat32, *input.shape);
  };
  return *read_envelope(json, no_data);
}

/// Reads the text as a request does. Returns the name of its output.
std::string ask(EnvelopeMemory& memory, const std::string& json) {
  if (const Envelope* known = memory.find(json)) return known->outputs.at(0).name;
  Envelope envelope = read(json);
  return memory.offer(json, envelope).outputs.at(0).name;
}

TEST(EnvelopeMemory, KnowsATextThatCameAgainAndAgain) {
  EnvelopeMemory memory;
  const std::string json = text_for("y");
  for (int i = 0; i < 4; ++i) EXPECT_EQ(ask(memory, json), "y");
  ASSERT_NE(memory.find(json), nullptr);
  EXPECT_EQ(memory.find(json)->outputs.at(0).name, "y");
}

TEST(EnvelopeMemory, TellsTextsApartThatDifferInOneCharacter) {
  EnvelopeMemory memory;
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(ask(memory, text_for("y1")), "y1");
    EXPECT_EQ(ask(memory, text_for("y2")), "y2");
  }
}

TEST(EnvelopeMemory, AnswersWhatWasOfferedWhetherOrNotItTakesIt) {
  EnvelopeMemory memory;
  for (int i = 0; i < 100; ++i) {
    const std::string name = "y" + std::to_string(i);
    EXPECT_EQ(ask(memory, text_for(name)), name);
  }
}

TEST(EnvelopeMemory, ForgetsWhatHasNotComeForLong) {
  EnvelopeMemory memory;
  const std::string json = text_for("y");
  ask(memory, json);
  ASSERT_NE(memory.find(json), nullptr);
  for (int i = 0; i < 100; ++i) ask(memory, text_for("other" + std::to_string(i)));
  EXPECT_EQ(memory.find(json), nullptr);
}

TEST(EnvelopeMemory, KeepsNoTextWithAnIdSinceTheNextHasAnother) {
  EnvelopeMemory memory;
  const std::string json = R"({"id":"7","inputs":[],"outputs":[{"name":"y"}]})";
  for (int i = 0; i < 10; ++i) ask(memory, json);
  EXPECT_EQ(memory.find(json), nullptr);
}

TEST(EnvelopeMemory, KeepsNoValues) {
  EnvelopeMemory memory;
  const std::string json =
      R"({"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1]}],"outputs":[{"name":"y"}]})";
  for (int i = 0; i < 10; ++i) ask(memory, json);
  EXPECT_EQ(memory.find(json), nullptr);
}

TEST(EnvelopeMemory, KeepsNoLongText) {
  EnvelopeMemory memory;
  const std::string json = text_for(std::string(2000, 'y'));
  for (int i = 0; i < 10; ++i) ask(memory, json);
  EXPECT_EQ(memory.find(json), nullptr);
}

TEST(EnvelopeMemory, AnEmptyTextIsNotWhatWasNeverKept) { EXPECT_EQ(EnvelopeMemory().find(""), nullptr); }

}  // namespace
}  // namespace tandem::serve
