// SPDX-License-Identifier: Apache-2.0
// Reads what NumPy wrote (tests/data/npy), writes what NumPy writes, and refuses everything else.
#include "formats/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <complex>
#include <cstring>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"
#include "core/tolerance.h"

namespace tandem {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string fixture(const std::string& name) {
  auto bytes = read_file(std::string(TANDEM_SOURCE_DIR "/tests/data/npy/") + name + ".npy");
  EXPECT_TRUE(bytes) << name;
  return bytes.value_or("");
}

Result<Tensor> read(const std::string& file, const NpyLimits& limits = {}) {
  return read_npy(std::as_bytes(std::span(file)), limits);
}

std::string file_of(const std::string& dict, const std::string& data) {
  std::string file("\x93NUMPY\x01\x00", 8);
  file += static_cast<char>(dict.size() & 0xFF);
  file += static_cast<char>(dict.size() >> 8);
  return file + dict + data;
}

std::string error_of(const std::string& file) {
  const auto tensor = read(file);
  return tensor ? "no error" : tensor.error().message;
}

std::string with_shape(const std::string& shape, const std::string& data) {
  return file_of("{'descr': '|u1', 'fortran_order': False, 'shape': " + shape + ", }\n", data);
}

struct TypeCase {
  std::string name;
  DType dtype;
};
class NpyTypes : public ::testing::TestWithParam<TypeCase> {};

TEST_P(NpyTypes, LittleAndBigEndianGiveTheSameValues) {
  for (const std::string& suffix : {std::string(), std::string("_big")}) {
    const bool one_byte = bit_width(GetParam().dtype) == 8;
    if (one_byte && !suffix.empty()) continue;
    const auto tensor = read(fixture(GetParam().name + suffix));
    ASSERT_TRUE(tensor) << tensor.error().message;
    EXPECT_EQ(tensor->dtype(), GetParam().dtype);
    EXPECT_EQ(tensor->shape(), (Shape{2, 3}));
    for (std::size_t i = 0; i < 6; ++i) {
      double expected = static_cast<double>(i);
      if (GetParam().dtype == DType::kBool) expected = static_cast<double>(i % 2);
      if (GetParam().name[0] == 'c') expected *= std::abs(std::complex<double>(1, 0.5));
      EXPECT_NEAR(element_as_double(*tensor, i), expected, 1e-6);
    }
  }
}

TEST_P(NpyTypes, WritesTheBytesThatNumpyWrites) {
  const std::string file = fixture(GetParam().name);
  const auto written = write_npy(*read(file));
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(std::string(as_text(*written)), file);
}

INSTANTIATE_TEST_SUITE_P(All, NpyTypes,
                         ::testing::Values(TypeCase{"bool", DType::kBool}, TypeCase{"i1", DType::kInt8},
                                           TypeCase{"i2", DType::kInt16}, TypeCase{"i4", DType::kInt32},
                                           TypeCase{"i8", DType::kInt64}, TypeCase{"u1", DType::kUint8},
                                           TypeCase{"u2", DType::kUint16}, TypeCase{"u4", DType::kUint32},
                                           TypeCase{"u8", DType::kUint64}, TypeCase{"f2", DType::kFloat16},
                                           TypeCase{"f4", DType::kFloat32}, TypeCase{"f8", DType::kFloat64},
                                           TypeCase{"c8", DType::kComplex64}, TypeCase{"c16", DType::kComplex128}),
                         [](const auto& test) { return test.param.name; });

TEST(Npy, TransposesFortranOrderToCOrder) {
  for (const char* name : {"fortran", "fortran_big"}) {
    const auto tensor = read(fixture(name));
    ASSERT_TRUE(tensor) << tensor.error().message;
    EXPECT_EQ(tensor->shape(), (Shape{2, 3, 4}));
    for (std::size_t i = 0; i < 24; ++i) EXPECT_EQ(element_as_double(*tensor, i), static_cast<double>(i));
  }
}

TEST(Npy, ReadsAScalar) {
  const auto tensor = read(fixture("scalar"));
  ASSERT_TRUE(tensor);
  EXPECT_EQ(tensor->shape(), Shape{});
  EXPECT_THAT(tensor->values<float>(), ElementsAre(7.0F));
}

TEST(Npy, ReadsAnArrayWithoutElements) { EXPECT_EQ(read(fixture("no_elements"))->shape(), (Shape{0, 4})); }

TEST(Npy, WritesScalarsRowsAndEmptyArraysAsNumpyDoes) {
  for (const char* name : {"scalar", "one_dimension", "no_elements"}) {
    const std::string file = fixture(name);
    const auto written = write_npy(*read(file));
    ASSERT_TRUE(written);
    EXPECT_EQ(std::string(as_text(*written)), file) << name;
  }
}

TEST(Npy, ReadsVersionsTwoAndThree) {
  for (const char* name : {"version_2", "version_3"}) {
    const auto tensor = read(fixture(name));
    ASSERT_TRUE(tensor) << tensor.error().message;
    EXPECT_THAT(tensor->values<float>(), ElementsAre(0, 1, 2, 3, 4, 5));
  }
}

TEST(Npy, ReadsUnicodeAsUtf8) {
  const auto tensor = read(fixture("unicode"));
  ASSERT_TRUE(tensor) << tensor.error().message;
  EXPECT_THAT(tensor->strings(), ElementsAre("a", "böse", "", "日本😀"));
  EXPECT_THAT(read(fixture("unicode_big"))->strings(), ElementsAre("a", "böse"));
}

TEST(Npy, ReadsByteStrings) { EXPECT_THAT(read(fixture("byte_strings"))->strings(), ElementsAre("a", "bcd")); }

TEST(Npy, WritesStringsAsNumpyDoes) {
  const std::string file = fixture("unicode");
  const auto written = write_npy(*read(file));
  ASSERT_TRUE(written);
  EXPECT_EQ(std::string(as_text(*written)), file);
}

TEST(Npy, RefusesToWriteStringsThatNumpyWouldChange) {
  EXPECT_FALSE(write_npy(*Tensor::from_strings({1}, {std::string("a\0", 2)})));
  EXPECT_FALSE(write_npy(*Tensor::from_strings({1}, {"\xff"})));
  EXPECT_FALSE(write_npy(*Tensor::from_strings({1}, {"\xc0\x80"})));
}

TEST(Npy, RefusesObjectArraysAndSaysWhy) {
  const auto tensor = read(fixture("object"));
  ASSERT_FALSE(tensor);
  EXPECT_EQ(tensor.error().code, Code::kInvalidArgument);
  EXPECT_THAT(tensor.error().message, HasSubstr("would need pickle, which can run code"));
}

TEST(Npy, DoesNotImplementDatesAndStructures) {
  EXPECT_EQ(read(fixture("date")).error().code, Code::kUnimplemented);
  EXPECT_EQ(read(fixture("structure")).error().code, Code::kUnimplemented);
}

TEST(Npy, DoesNotWriteTypesThatNumpyHasNot) {
  EXPECT_EQ(write_npy(*Tensor::allocate(DType::kBfloat16, {1})).error().code, Code::kUnimplemented);
}

TEST(Npy, RefusesEveryTruncation) {
  const std::string file = fixture("f4");
  for (std::size_t size = 0; size < file.size(); ++size) EXPECT_FALSE(read(file.substr(0, size))) << size;
}

TEST(Npy, RefusesTrailingBytes) { EXPECT_THAT(error_of(fixture("f4") + "x"), HasSubstr("the file has 25 bytes")); }

TEST(Npy, RefusesShapesWhoseSizeOverflows) {
  EXPECT_THAT(error_of(with_shape("(9223372036854775807, 9223372036854775807)", "x")), HasSubstr("more elements"));
  EXPECT_THAT(error_of(with_shape("(9223372036854775807,)", "x")), HasSubstr("the file has 1 bytes"));
  EXPECT_THAT(error_of(with_shape("(99999999999999999999,)", "x")), HasSubstr("whole number"));
}

TEST(Npy, RefusesNegativeDimensions) { EXPECT_THAT(error_of(with_shape("(-1,)", "x")), HasSubstr("whole number")); }

TEST(Npy, RefusesAShapeThatIsNoTuple) {
  EXPECT_NE(error_of(with_shape("(1)", "x")), "no error");
  EXPECT_NE(error_of(with_shape("[1]", "x")), "no error");
  EXPECT_NE(error_of(with_shape("(1, 1", "x")), "no error");
  EXPECT_NE(error_of(with_shape("(1 1)", "x")), "no error");
}

TEST(Npy, RefusesHeadersThatAreMoreThanADict) {
  EXPECT_NE(error_of(file_of("__import__('os')", "")), "no error");
  EXPECT_NE(error_of(file_of("{'descr': '|u1', 'fortran_order': False, 'shape': (), } + 1", "x")), "no error");
  EXPECT_NE(error_of(file_of("{'descr': '|u1', 'shape': (), }", "x")), "no error");
  EXPECT_NE(error_of(file_of("{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': ()}", "x")),
            "no error");
}

TEST(Npy, RefusesTypesWithoutByteOrder) {
  EXPECT_NE(error_of(file_of("{'descr': '|f4', 'fortran_order': False, 'shape': ()}", "abcd")), "no error");
}

TEST(Npy, RefusesBoolsThatAreNeitherZeroNorOne) {
  EXPECT_THAT(error_of(file_of("{'descr': '|b1', 'fortran_order': False, 'shape': ()}", "\x02")), HasSubstr("got 2"));
}

TEST(Npy, RefusesStringsOfLengthZeroThatWouldMakeElementsOfNothing) {
  EXPECT_NE(error_of(file_of("{'descr': '|S0', 'fortran_order': False, 'shape': (1000000000000,)}", "")), "no error");
}

TEST(Npy, RefusesMoreStringsThanTheLimit) {
  NpyLimits limits;
  limits.max_strings = 1;
  EXPECT_EQ(read(fixture("byte_strings"), limits).error().code, Code::kResourceExhausted);
}

TEST(Npy, RefusesUnicodeBeyondTheLastCharacter) {
  EXPECT_THAT(error_of(file_of("{'descr': '<U1', 'fortran_order': False, 'shape': ()}", "\xff\xff\xff\xff")),
              HasSubstr("not a Unicode character"));
}

TEST(Npy, RefusesUnknownVersions) {
  std::string file = fixture("f4");
  file[6] = 4;
  EXPECT_THAT(error_of(file), HasSubstr("got 4.0"));
}

}  // namespace
}  // namespace tandem
