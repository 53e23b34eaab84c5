// SPDX-License-Identifier: Apache-2.0
// Facts read from a model's bytes, and refusals of what is no model.
#include "engines/onnxruntime/model_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/onnx_bytes.h"

namespace tandem::onnxruntime {
namespace {

using testing::HasSubstr;

TEST(ReadModelFile, KnowsWhichValuesHaveAShape) {
  using namespace onnx_bytes;
  const auto text = model({{node("Identity", {"x"}, {"y"})},
                           {value("x", DType::kFloat32, {})},
                           {value_of_any_shape("y", DType::kFloat32)}});
  const auto facts = read_model_file(as_bytes(text));
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_TRUE(facts->with_shape.contains("x"));
  EXPECT_FALSE(facts->with_shape.contains("y"));
  EXPECT_FALSE(facts->external_data);
}

TEST(ReadModelFile, SeesWeightsInOtherFiles) {
  using namespace onnx_bytes;
  const auto text = model({{}, {}, {}, {initializer("w", DType::kFloat32, {1}, "") + integer(14, 1)}});
  const auto facts = read_model_file(as_bytes(text));
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_TRUE(facts->external_data);
}

TEST(ReadModelFile, SaysWhatAWrongFileSeemsToBe) {
  const std::string zip = "PK\x03\x04 and more";
  EXPECT_THAT(read_model_file(onnx_bytes::as_bytes(zip)).error().message, HasSubstr("zip archive"));
  const std::string pointer = "version https://git-lfs.github.com/spec/v1";
  EXPECT_THAT(read_model_file(onnx_bytes::as_bytes(pointer)).error().message, HasSubstr("git lfs pull"));
  EXPECT_THAT(read_model_file({}).error().message, HasSubstr("empty"));
}

TEST(ReadModelFile, RefusesEveryCutOffModel) {
  const std::string whole = onnx_bytes::add_model(4);
  const std::size_t graph_end = whole.find("\x42");  // opset_import follows the graph
  for (std::size_t size = 0; size < graph_end; ++size) {
    EXPECT_FALSE(read_model_file(onnx_bytes::as_bytes(whole).first(size))) << size;
  }
}

}  // namespace
}  // namespace tandem::onnxruntime
