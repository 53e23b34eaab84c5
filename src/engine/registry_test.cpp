// SPDX-License-Identifier: Apache-2.0
// Tests of finding an engine by name and by file.
#include "engine/registry.h"

#include <gtest/gtest.h>

#include "support/fake_engine.h"

namespace tandem {
namespace {

EngineRegistry two_engines() {
  EngineRegistry registry;
  registry.add(std::make_unique<FakeEngine>("absent", ".onnx", fail(Code::kUnimplemented, "build with X")));
  registry.add(std::make_unique<FakeEngine>("present", ".onnx", Status{}));
  registry.add(std::make_unique<FakeEngine>("torch", ".pt", fail(Code::kUnimplemented, "build with Y")));
  return registry;
}

TEST(EngineRegistryTest, UnknownNamesListTheKnownOnes) {
  EXPECT_EQ(two_engines().find("x").error().message, "no engine 'x': this program has absent, present, torch");
}

TEST(EngineRegistryTest, PrefersAnAvailableEngine) {
  const auto registry = two_engines();
  EXPECT_EQ(registry.for_file("m.ONNX").value()->name(), "present");
}

TEST(EngineRegistryTest, SaysWhyTheOnlyEngineIsAbsent) {
  EXPECT_EQ(two_engines().for_file("m.pt").error().message, "build with Y");
}

TEST(EngineRegistryTest, SaysWhenNoEngineTakesTheFile) {
  EXPECT_EQ(two_engines().for_file("m.h5").error().code, Code::kInvalidArgument);
}

TEST(SessionTest, RunAllocatesWhenTheCallerDoesNot) {
  const std::array<float, 4> x{1, 2, 3, 4};
  std::vector<Tensor> inputs;
  inputs.push_back(Tensor::from<float>({1, 4}, x).value());
  EXPECT_EQ(doubling_session(4)->run(inputs).value()[0].values<float>()[3], 8.0F);
}

}  // namespace
}  // namespace tandem
