// SPDX-License-Identifier: Apache-2.0
// What is written is read again; what is not exactly a safetensors file is refused with the reason.
#include "formats/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/file.h"
#include "support/temp_dir.h"

namespace tandem {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A file whose header is `json`, followed by so many zero bytes.
std::string compose(const std::string& json, std::size_t data_bytes) {
  const std::uint64_t length = json.size();
  std::string file(8, '\0');
  std::memcpy(file.data(), &length, 8);
  return file + json + std::string(data_bytes, '\0');
}

Result<Safetensors> parse_safetensors(const std::string& file) {
  return read_safetensors(std::as_bytes(std::span(file)));
}

NamedTensor floats(std::string name, std::vector<float> values) {
  const Shape shape{static_cast<std::int64_t>(values.size())};
  return {std::move(name), Tensor::from<float>(shape, values).value()};
}

TEST(Safetensors, WhatIsWrittenIsRead) {
  const TempDir folder;
  const auto path = folder.path() / "x.safetensors";
  std::vector<NamedTensor> tensors;
  tensors.push_back({"flags", Tensor::from<std::uint8_t>({3}, std::vector<std::uint8_t>{1, 2, 3}).value()});
  tensors.push_back(floats("b \"quoted\"", {1.5F, -2}));
  tensors.push_back(floats("a", {}));
  ASSERT_TRUE(write_safetensors(path, tensors, {{"format", "pt"}}));
  const std::string file = read_file(path).value();
  const auto read = parse_safetensors(file);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->metadata.at("format"), "pt");
  EXPECT_THAT(find_tensor(read->tensors, "b \"quoted\"")->values<float>(), ElementsAre(1.5F, -2));
  EXPECT_THAT(find_tensor(read->tensors, "flags")->values<std::uint8_t>(), ElementsAre(1, 2, 3));
  EXPECT_EQ(find_tensor(read->tensors, "a")->element_count(), 0U);
}

TEST(Safetensors, TwoTensorsOfOneNameAreNotWritten) {
  const TempDir folder;
  std::vector<NamedTensor> tensors;
  tensors.push_back(floats("a", {1}));
  tensors.push_back(floats("a", {2}));
  EXPECT_THAT(write_safetensors(folder.path() / "x", tensors).error().message, HasSubstr("'a' is taken"));
}

TEST(Safetensors, ANameThatIsNoUtf8IsNotWritten) {
  const TempDir folder;
  std::vector<NamedTensor> tensors;
  tensors.push_back(floats("\xff", {1}));
  EXPECT_THAT(write_safetensors(folder.path() / "x", tensors).error().message, HasSubstr("UTF-8"));
}

TEST(Safetensors, TensorsAreViewsIntoTheFile) {
  const std::string file = compose(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  )", 4);
  const auto read = parse_safetensors(file);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(static_cast<const char*>(read->tensors[0].tensor.data()), file.data() + file.size() - 4);
}

struct Case {
  std::string header;
  std::size_t data_bytes;
  std::string says;
};
class Refused : public testing::TestWithParam<Case> {};
TEST_P(Refused, SaysWhy) {
  const auto read = parse_safetensors(compose(GetParam().header, GetParam().data_bytes));
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr(GetParam().says));
}
INSTANTIATE_TEST_SUITE_P(
    Safetensors, Refused,
    testing::Values(
        Case{R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4, "does not fit"},
        Case{R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4, "does not fit"},
        Case{R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})", 0, "does not fit"},
        Case{R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 8, "of which the tensors take 4"},
        Case{R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8, "leave a gap"},
        Case{
            R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
            3, "overlap"},
        Case{R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4, "negative"},
        Case{R"({"a":{"dtype":"C128","shape":[],"data_offsets":[0,16]}})", 16, "'C128'"},
        Case{R"({"a":{"dtype":"F32","shape":[1]}})", 4, "lacks"},
        Case{R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":"y"}})", 4, "a field 'x'"},
        Case{R"({"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4, "once each"},
        Case{
            R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
            1, "'a' stands there twice"},
        Case{R"({"__metadata__":{"a":1}})", 0, "a number"}, Case{R"({"a":{"b":{"c":{}}}})", 0, "an object"},
        Case{R"({"a":[1]})", 0, "a list"}, Case{R"([1])", 0, "does not begin"}, Case{R"({"a":)", 0, "no JSON"},
        Case{R"({"a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}} x)", 1, "no JSON"}));

TEST(Safetensors, AHeaderLongerThanTheFileIsRefused) {
  std::string file = compose("{}", 0);
  file[1] = 1;
  EXPECT_THAT(parse_safetensors(file).error().message, HasSubstr("of which the file has"));
  file[7] = 1;
  EXPECT_EQ(parse_safetensors(file).error().code, Code::kResourceExhausted);
  EXPECT_THAT(parse_safetensors("abc").error().message, HasSubstr("too short"));
}

}  // namespace
}  // namespace tandem
