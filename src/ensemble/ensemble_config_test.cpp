// SPDX-License-Identifier: Apache-2.0
// Facts about the text of a .ensemble file.
#include "ensemble/ensemble_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem {
namespace {

using testing::HasSubstr;

constexpr std::string_view kTwoSteps = R"(schema: 1
inputs: [image]
outputs: [mask, score]
steps:
  - model: encoder
    inputs: {x: image}
    outputs: {y: features}
  - model: head
    engine: python
    inputs: {features: features}
    outputs: {mask: mask, score: score}
)";

std::string error_of(const std::string& yaml) {
  const auto config = parse_ensemble_config(yaml);
  return config ? "" : config.error().message;
}

std::string with(std::string_view from, std::string_view to) {
  std::string text(kTwoSteps);
  text.replace(text.find(from), from.size(), to);
  return text;
}

TEST(EnsembleConfig, ReadsStepsAndTheirWiring) {
  const auto config = parse_ensemble_config(kTwoSteps);
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_EQ(config->steps.size(), 2U);
  EXPECT_EQ(config->steps[0].model, "encoder");
  EXPECT_EQ(config->steps[0].outputs, (std::vector<std::pair<std::string, std::string>>{{"y", "features"}}));
  EXPECT_EQ(config->steps[1].engine, "python");
  EXPECT_EQ(config->outputs, (std::vector<std::string>{"mask", "score"}));
}

TEST(EnsembleConfig, RefusesModelsInOtherFolders) {
  EXPECT_THAT(error_of(with("model: encoder", "model: ../encoder")), HasSubstr("steps[0].model: expected"));
}

TEST(EnsembleConfig, RefusesAnUnknownKeyWithItsPath) {
  EXPECT_THAT(error_of(with("engine: python", "motor: python")), HasSubstr("steps[1]"));
}

TEST(EnsembleConfig, RefusesAnOutputThatStandsTwice) {
  EXPECT_THAT(error_of(with("[mask, score]", "[mask, mask]")), HasSubstr("outputs[1]: 'mask' stands twice"));
}

TEST(EnsembleConfig, RefusesAWiringThatIsNoMapping) {
  EXPECT_THAT(error_of(with("{x: image}", "[image]")), HasSubstr("steps[0].inputs: expected a mapping"));
}

TEST(EnsembleConfig, RefusesNoSteps) {
  EXPECT_THAT(error_of("schema: 1\ninputs: [a]\noutputs: [b]\nsteps: []\n"), HasSubstr("steps: expected 1 to"));
}

}  // namespace
}  // namespace tandem
