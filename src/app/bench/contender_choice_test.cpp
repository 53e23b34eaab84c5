// SPDX-License-Identifier: Apache-2.0
// Engines with options of their own.
#include "app/bench/contender_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::app {
namespace {

using testing::HasSubstr;

SessionFlags flags_of_all() {
  SessionFlags flags;
  flags.threads = 2;
  flags.device = "cpu";
  return flags;
}

TEST(ContenderChoice, TakesTheFlagsOfAll) {
  const auto choice = parse_contender_choice("onnxruntime", flags_of_all());
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->session.engine, "onnxruntime");
  EXPECT_EQ(choice->session.threads, 2);
}

TEST(ContenderChoice, HasItsOwn) {
  const auto choice = parse_contender_choice("openvino:precision=bf16:threads=1", flags_of_all());
  ASSERT_TRUE(choice) << choice.error().message;
  EXPECT_EQ(choice->name, "openvino:precision=bf16:threads=1");
  EXPECT_EQ(choice->session.engine, "openvino");
  EXPECT_EQ(choice->session.precision, "bf16");
  EXPECT_EQ(choice->session.threads, 1);
  EXPECT_EQ(choice->session.device, "cpu");
}

TEST(ContenderChoice, MayLeaveTheEngineOpen) {
  EXPECT_EQ(parse_contender_choice(":graph_optimization=none", flags_of_all())->session.graph_optimization, "none");
}

TEST(ContenderChoice, RefusesWhatThereIsNot) {
  const auto message = [](std::string_view text) {
    return parse_contender_choice(text, flags_of_all()).error().message;
  };
  EXPECT_THAT(message("onnxruntime:colour=red"), HasSubstr("no option 'colour'"));
  EXPECT_THAT(message("onnxruntime:threads"), HasSubstr("expected KEY=VALUE"));
  EXPECT_THAT(message("onnxruntime:threads=many"), HasSubstr("expected 0 to 4096"));
  EXPECT_THAT(message("onnxruntime:precision=int3"), HasSubstr("int3"));
}

}  // namespace
}  // namespace tandem::app
