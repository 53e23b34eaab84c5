// SPDX-License-Identifier: Apache-2.0
// Weights beside the model: written, read back, and every way of lying about where they are.
#include "graph/onnx_external.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "graph/onnx_reader.h"
#include "graph/onnx_writer.h"
#include "support/small_networks.h"
#include "support/temp_dir.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;
using onnx::ExternalFiles;
using testing::ElementsAre;
using testing::HasSubstr;

class External : public testing::Test {
 protected:
  External() {
    small_networks::weight(model_.graph, "large", {64, 64});
    small_networks::weight(model_.graph, "small", {4});
    small_networks::weight(model_.graph, "another", {300});
    model_.graph.nodes.push_back(small_networks::node("Identity", {"large"}, {"y"}));
    model_.graph.outputs.push_back(small_networks::edge("y", {64}));
  }

  Result<std::vector<fs::path>> write() { return write_onnx(model_, path_, OnnxFileOptions{4096}); }
  Code refusal(const std::string& location, std::uint64_t offset = 0, std::uint64_t length = 4) {
    ExternalFiles files(folder_.path());
    const auto piece = files.find({location, offset, length});
    return piece ? Code::kUnknown : piece.error().code;
  }

  TempDir folder_;
  fs::path path_ = folder_.path() / "model.onnx";
  graph::Model model_;
};

TEST_F(External, LargeWeightsLieBesideAModelThatIsTooLarge) {
  const auto files = write();
  ASSERT_TRUE(files) << files.error().message;
  EXPECT_THAT(*files, ElementsAre(path_, folder_.path() / "model.onnx.data"));
  EXPECT_LT(fs::file_size(path_), 4096U);
  EXPECT_EQ(fs::file_size(folder_.path() / "model.onnx.data"), 64U * 64 * 4 + 300 * 4);
}

TEST_F(External, AModelThatFitsIsOneFile) {
  EXPECT_THAT(write_onnx(model_, path_).value(), ElementsAre(path_));
  EXPECT_FALSE(fs::exists(external_data_path(path_)));
}

TEST_F(External, WeightsAreReadBackAsTheyWere) {
  ASSERT_TRUE(write());
  const auto read = read_onnx_file(path_);
  ASSERT_TRUE(read) << read.error().message;
  for (const graph::Initializer& weight : model_.graph.initializers) {
    const Tensor& same = read->graph.find_initializer(weight.name)->tensor;
    EXPECT_EQ(same.shape(), weight.tensor.shape());
    EXPECT_TRUE(std::ranges::equal(same.bytes(), weight.tensor.bytes())) << weight.name;
  }
}

TEST_F(External, WeightsElsewhereAreRefusedWhereThereIsNoFolder) {
  ASSERT_TRUE(write());
  const std::string bytes = read_file(path_).value();
  const auto read = read_onnx(std::as_bytes(std::span(bytes)));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::kUnimplemented);
}

TEST_F(External, AFileOfWeightsThatIsCutOffIsRefused) {
  ASSERT_TRUE(write());
  fs::resize_file(external_data_path(path_), 1000);
  const auto read = read_onnx_file(path_);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("has 1000 bytes; a weight should take 16384 from byte 0 on"));
}

TEST_F(External, AMissingFileOfWeightsIsNamed) {
  ASSERT_TRUE(write());
  fs::remove(external_data_path(path_));
  const auto read = read_onnx_file(path_);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("'model.onnx.data', which is not there"));
}

TEST_F(External, LocationsThatLeaveTheFolderAreRefused) {
  ASSERT_TRUE(write_file_atomic(folder_.path() / "inside", "12345678"));
  for (const char* location : {"../inside", "a/../../inside", "/etc/passwd", "..", ".", ""}) {
    EXPECT_EQ(refusal(location), Code::kPermissionDenied) << location;
  }
  EXPECT_EQ(refusal(std::string("inside\0", 7)), Code::kPermissionDenied);
}

TEST_F(External, ALinkOutOfTheFolderIsRefused) {
  fs::create_symlink("/etc/passwd", folder_.path() / "link");
  EXPECT_EQ(refusal("link"), Code::kPermissionDenied);
}

TEST_F(External, OffsetsAndLengthsBeyondTheFileAreRefused) {
  ASSERT_TRUE(write_file_atomic(folder_.path() / "inside", "12345678"));
  EXPECT_EQ(refusal("inside", 4, 4), Code::kUnknown);
  EXPECT_EQ(refusal("inside", 5, 4), Code::kInvalidArgument);
  EXPECT_EQ(refusal("inside", ~std::uint64_t{0}, 4), Code::kInvalidArgument);
  EXPECT_EQ(refusal("inside", 4, ~std::uint64_t{0}), Code::kInvalidArgument);
}

}  // namespace
}  // namespace tandem
