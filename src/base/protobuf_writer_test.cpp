// SPDX-License-Identifier: Apache-2.0
// The bytes of the encoding guide's examples, and messages put together of borrowed pieces.
#include "base/protobuf_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/protobuf_wire.h"

namespace tandem {
namespace {

using ::testing::ElementsAre;

// The examples of https://protobuf.dev/programming-guides/encoding/.
TEST(ProtobufWriter, WritesTheGuidesInteger) {
  ProtobufWriter message;
  message.integer(1, 150);
  EXPECT_EQ(message.bytes(), "\x08\x96\x01");
}
TEST(ProtobufWriter, WritesTheGuidesString) {
  ProtobufWriter message;
  message.text(2, "testing");
  EXPECT_EQ(message.bytes(), "\x12\x07testing");
}
TEST(ProtobufWriter, WritesTheGuidesSubmessage) {
  ProtobufWriter inner;
  inner.integer(1, 150);
  ProtobufWriter message;
  message.message(3, std::move(inner));
  EXPECT_EQ(message.bytes(), "\x1a\x03\x08\x96\x01");
}
TEST(ProtobufWriter, WritesTheGuidesPackedList) {
  ProtobufWriter message;
  const std::vector<std::int64_t> values = {3, 270, 86942};
  message.packed(6, std::span<const std::int64_t>(values));
  EXPECT_EQ(message.bytes(), "\x32\x06\x03\x8e\x02\x9e\xa7\x05");
}
TEST(ProtobufWriter, ANegativeNumberTakesTenBytes) {
  ProtobufWriter message;
  message.integer(1, -2);
  EXPECT_EQ(message.bytes(), "\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01");
}
TEST(ProtobufWriter, AFloatIsLittleEndian) {
  ProtobufWriter message;
  message.real(2, 1.0F);
  EXPECT_EQ(message.bytes(), std::string("\x15\x00\x00\x80\x3f", 5));
}

TEST(ProtobufWriter, BorrowedBytesStayWhereTheyAre) {
  const std::string large(1000, 'x');
  ProtobufWriter message;
  message.borrowed(9, large);
  const auto pieces = message.pieces();
  ASSERT_EQ(pieces.size(), 2U);
  EXPECT_EQ(pieces[1].data(), large.data());
}
TEST(ProtobufWriter, NestedBorrowedBytesKeepTheirPlaces) {
  ProtobufWriter inner;
  inner.integer(1, 1);
  inner.borrowed(2, "AB");
  inner.integer(3, 2);
  inner.borrowed(4, "CD");
  ProtobufWriter message;
  message.integer(7, 5);
  message.message(8, std::move(inner));
  message.integer(9, 6);
  EXPECT_EQ(message.bytes(),
            "\x38\x05\x42\x0c\x08\x01\x12\x02"
            "AB"
            "\x18\x02\x22\x02"
            "CD"
            "\x48\x06");
  EXPECT_EQ(message.size(), message.bytes().size());
}
TEST(ProtobufWriter, AMessageMayBeWrittenInPlace) {
  const std::vector<std::int64_t> dims = {1, 300};
  const std::string long_name(200, 'n');
  ProtobufWriter inner;
  inner.text(1, long_name);
  inner.packed(3, std::span<const std::int64_t>(dims));
  ProtobufWriter apart;
  apart.message(5, std::move(inner));
  ProtobufWriter in_place;
  in_place.message_head(5, ProtobufWriter::text_size(1, long_name) + ProtobufWriter::packed_size(3, dims));
  in_place.text(1, long_name);
  in_place.packed(3, std::span<const std::int64_t>(dims));
  EXPECT_EQ(in_place.bytes(), apart.bytes());
}

TEST(ProtobufWriter, ItsFieldsAreReadBack) {
  ProtobufWriter message;
  message.integer(1, 7);
  message.text(2, "name");
  const std::string bytes = message.bytes();
  ProtobufReader reader(std::as_bytes(std::span(bytes)));
  const auto first = reader.next();
  const auto second = reader.next();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->value, 7U);
  EXPECT_EQ(second->text(), "name");
  EXPECT_FALSE(reader.next());
  EXPECT_FALSE(reader.damaged());
}

}  // namespace
}  // namespace tandem
