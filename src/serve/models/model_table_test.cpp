// SPDX-License-Identifier: Apache-2.0
// Facts about which models go together.
#include "serve/models/model_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::serve {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ModelsToUnload : public testing::Test {
 protected:
  void serve(const std::string& name, std::vector<std::string> parts = {}) {
    auto model = std::make_shared<LoadedModel>();
    model->name = name;
    model->parts = std::move(parts);
    table_[name].versions.push_back(std::move(model));
  }
  ModelTable table_;
};

TEST_F(ModelsToUnload, AModelThatStandsAloneTakesNothingAlong) {
  serve("a");
  serve("b");
  EXPECT_THAT(models_to_unload(table_, "a"), IsEmpty());
}

TEST_F(ModelsToUnload, AnEnsembleTakesItsPartsAlongAtAnyDepth) {
  serve("whole", {"a", "inner"});
  serve("inner", {"b"});
  serve("a");
  serve("b");
  serve("other");
  EXPECT_THAT(models_to_unload(table_, "whole"), ElementsAre("a", "b", "inner"));
}

TEST_F(ModelsToUnload, WhatIsNotServedIsLeftOut) {
  serve("whole", {"a", "b", "whole"});
  serve("a");
  table_["b"].reason = "is not loaded";
  EXPECT_THAT(models_to_unload(table_, "whole"), ElementsAre("a"));
}

TEST_F(ModelsToUnload, APartThatAnotherModelNeedsStays) {
  serve("whole", {"a", "inner"});
  serve("other", {"inner"});
  serve("inner", {"b"});
  serve("a");
  serve("b");
  EXPECT_THAT(models_to_unload(table_, "whole"), ElementsAre("a"));
}

TEST_F(ModelsToUnload, PartsOfEachOtherEnd) {
  serve("a", {"b"});
  serve("b", {"a"});
  EXPECT_THAT(models_to_unload(table_, "a"), ElementsAre("b"));
}

}  // namespace
}  // namespace tandem::serve
