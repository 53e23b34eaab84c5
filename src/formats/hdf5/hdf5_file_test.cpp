// SPDX-License-Identifier: Apache-2.0
// Files that h5py wrote (tests/data/hdf5, with their script) are read as it reads them; the others are refused.
#include "formats/hdf5/hdf5_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "base/file.h"
#include "core/tolerance.h"

namespace tandem::hdf5 {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

std::string bytes_of(const std::string& name) {
  return read_file(TANDEM_SOURCE_DIR "/tests/data/hdf5/" + name + ".h5").value();
}

/// The file's bytes, and the reader that borrows them.
class Opened {
 public:
  explicit Opened(const std::string& name)
      : bytes_(std::make_unique<std::string>(bytes_of(name))), file_(File::open(std::as_bytes(std::span(*bytes_)))) {}
  const File& operator*() const { return file_.value(); }
  const File* operator->() const { return &file_.value(); }
  const Result<File>& result() const { return file_; }

  Result<Tensor> read(std::string_view path) const {
    const Object* object = file_.value().find(path);
    if (object == nullptr) return not_found(std::string(path));
    return file_->read(*object);
  }
  std::string error(std::string_view path) const {
    const auto tensor = read(path);
    return tensor ? "no error" : tensor.error().message;
  }

 private:
  std::unique_ptr<std::string> bytes_;
  Result<File> file_;
};

std::string open_error(const std::string& bytes) {
  const auto file = File::open(std::as_bytes(std::span(bytes)));
  return file ? "no error" : file.error().message;
}

std::vector<float> counted(std::size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 0.0F);
  return values;
}

TEST(Hdf5File, ReadsGroupsAndTheirNames) {
  const Opened file("plain");
  ASSERT_TRUE(file.result()) << file.result().error().message;
  EXPECT_THAT(file->names_in(""), ElementsAre("empty", "layers", "scalar", "types"));
  EXPECT_THAT(file->names_in("layers"), ElementsAre("dense"));
}

TEST(Hdf5File, ReadsAttributesOfStringsAndNumbers) {
  const Opened file("plain");
  const Object& dense = *file->find("layers/dense");
  EXPECT_THAT(dense.attribute("name")->strings(), ElementsAre("my dense"));
  EXPECT_THAT(dense.attribute("weight_names")->strings(), ElementsAre("dense/kernel:0", "dense/bias:0"));
  EXPECT_THAT(dense.attribute("words")->strings(), ElementsAre("one", "", "three"));
  EXPECT_THAT(dense.attribute("count")->values<std::int64_t>(), ElementsAre(3));
  EXPECT_THAT(dense.attribute("ratios")->values<float>(), ElementsAre(0.5F, 0.25F));
  EXPECT_EQ(file->find("")->attribute("model_config")->strings().front().size(), 3002U);
}

TEST(Hdf5File, ReadsEveryElementType) {
  const Opened file("plain");
  const std::vector<std::pair<std::string, DType>> types = {
      {"f2", DType::kFloat16},  {"f4", DType::kFloat32}, {"f8", DType::kFloat64}, {"i1", DType::kInt8},
      {"i2", DType::kInt16},    {"i4", DType::kInt32},   {"i8", DType::kInt64},   {"u1", DType::kUint8},
      {"u2", DType::kUint16},   {"u4", DType::kUint32},  {"u8", DType::kUint64},  {"big_f4", DType::kFloat32},
      {"big_i2", DType::kInt16}};
  for (const auto& [name, dtype] : types) {
    const auto tensor = file.read("types/" + name);
    ASSERT_TRUE(tensor) << tensor.error().message;
    EXPECT_EQ(tensor->dtype(), dtype) << name;
    EXPECT_EQ(tensor->shape(), (Shape{2, 3})) << name;
    for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(element_as_double(*tensor, i), static_cast<double>(i)) << name;
  }
}

TEST(Hdf5File, ReadsBooleans) {
  const Opened file("plain");
  EXPECT_THAT(file.read("types/bool")->values<bool>(), ElementsAre(false, true, true, true, true, true));
}

TEST(Hdf5File, ReadsBfloat16ThatKerasMarked) {
  const Opened file("plain");
  const auto tensor = file.read("types/bfloat16");
  ASSERT_TRUE(tensor) << tensor.error().message;
  EXPECT_EQ(tensor->dtype(), DType::kBfloat16);
  EXPECT_EQ(element_as_double(*tensor, 1), -2.0);
}

TEST(Hdf5File, ReadsFixedStrings) {
  const Opened file("plain");
  EXPECT_THAT(file.read("types/strings")->strings(), ElementsAre("ab", "c"));
}

TEST(Hdf5File, ReadsScalarsAndEmptyDatasets) {
  const Opened file("plain");
  EXPECT_THAT(file.read("scalar")->values<float>(), ElementsAre(2.5F));
  EXPECT_EQ(file.read("scalar")->shape(), Shape{});
  EXPECT_EQ(file.read("empty")->shape(), (Shape{0, 4}));
}

TEST(Hdf5File, ListsADatasetOfAnotherTypeAndRefusesToReadIt) {
  const Opened file("plain");
  EXPECT_THAT(file.error("types/complex"), HasSubstr("'types/complex' is no dataset of numbers"));
}

TEST(Hdf5File, PutsChunksTogether) {
  const Opened file("chunks");
  ASSERT_TRUE(file.result()) << file.result().error().message;
  for (const std::string name : {"plain", "gzip", "shuffled"}) {
    const auto tensor = file.read(name);
    ASSERT_TRUE(tensor) << tensor.error().message;
    EXPECT_EQ(tensor->shape(), (Shape{7, 5}));
    EXPECT_THAT(tensor->values<float>(), ElementsAreArray(counted(35))) << name;
  }
  EXPECT_EQ(file.read("many")->values<std::int32_t>()[999], 999);
}

TEST(Hdf5File, RefusesADatasetOfWhichChunksAreMissing) {
  const Opened file("chunks");
  EXPECT_THAT(file.error("unwritten"), HasSubstr("2 of 4 chunks were written"));
}

TEST(Hdf5File, NamesAFilterThatItDoesNotKnow) {
  EXPECT_THAT(open_error(bytes_of("checksums")), HasSubstr("'checked': HDF5: the filter 3 is not known"));
}

TEST(Hdf5File, ReadsCompactDatasets) {
  const Opened file("compact");
  ASSERT_TRUE(file.result()) << file.result().error().message;
  EXPECT_THAT(file.read("compact")->values<float>(), ElementsAre(1, 2, 3));
}

TEST(Hdf5File, ReadsGroupsOfMoreThanOneNodeAndHeadersOfMoreThanOnePiece) {
  const Opened file("wide");
  ASSERT_TRUE(file.result()) << file.result().error().message;
  EXPECT_EQ(file->names_in("group").size(), 600U);
  EXPECT_THAT(file.read("group/599")->values<float>(), ElementsAre(599));
  EXPECT_EQ(file->find("group")->attributes.size(), 40U);
}

TEST(Hdf5File, ReadsTheNewStyleOfGroups) {
  const Opened file("latest");
  ASSERT_TRUE(file.result()) << file.result().error().message;
  EXPECT_THAT(file.read("a/b")->values<float>(), ElementsAreArray(counted(3)));
  EXPECT_THAT(file->find("a")->attribute("name")->strings(), ElementsAre("new style"));
}

TEST(Hdf5File, RefusesWhatH5pyDoesNotWriteByDefaultAndSaysWhatToDo) {
  EXPECT_THAT(open_error(bytes_of("dense_links")), HasSubstr("'a': HDF5: a group keeps its links in a fractal heap"));
  EXPECT_THAT(open_error(bytes_of("dense_attributes")), HasSubstr("libver='earliest'"));
}

TEST(Hdf5File, RefusesLinksThatAreNotHard) {
  EXPECT_THAT(open_error(bytes_of("soft_link")), HasSubstr("'b' is a symbolic link"));
}

TEST(Hdf5File, RefusesAGroupThatHoldsItself) {
  EXPECT_THAT(open_error(bytes_of("cycle")), HasSubstr("a group holds itself"));
}

TEST(Hdf5File, NeverOpensAnotherFile) {
  EXPECT_THAT(open_error(bytes_of("external_data")), HasSubstr("in another file, which is never opened"));
}

TEST(Hdf5File, RefusesAFileThatIsCutOffAnywhere) {
  const std::string bytes = bytes_of("plain");
  for (std::size_t size = 0; size < bytes.size(); size += 97) {
    EXPECT_NE(open_error(bytes.substr(0, size)), "no error") << size;
  }
}

TEST(Hdf5File, SurvivesAnyOneByteChanged) {
  std::string bytes = bytes_of("compact");
  for (std::size_t i = 8; i < bytes.size(); ++i) {
    const char before = bytes[i];
    for (const char change : {'\xFF', '\x00', '\x01'}) {
      bytes[i] = change;
      const auto file = File::open(std::as_bytes(std::span(bytes)));
      if (!file) continue;
      for (const auto& [path, object] : file->objects()) static_cast<void>(file->read(object));
    }
    bytes[i] = before;
  }
}

}  // namespace
}  // namespace tandem::hdf5
