// SPDX-License-Identifier: Apache-2.0
// What the wire format allows, and that damage is seen.
#include "base/protobuf_wire.h"

#include <gtest/gtest.h>

#include <string>

namespace tandem {
namespace {

using namespace std::string_literals;
using Wire = ProtobufField::Wire;

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

TEST(ProtobufReader, ReadsEveryWireType) {
  const std::string message =
      "\x08\x96\x01"
      "\x12\x02hi"
      "\x1d\x01\x00\x00\x00"
      "\x21\x02\x00\x00\x00\x00\x00\x00\x00"s;
  ProtobufReader reader(bytes_of(message));
  const auto varint = reader.next();
  ASSERT_TRUE(varint && varint->is(1, Wire::kVarint));
  EXPECT_EQ(varint->value, 150U);
  const auto text = reader.next();
  ASSERT_TRUE(text && text->is(2, Wire::kBytes));
  EXPECT_EQ(text->text(), "hi");
  const auto fixed32 = reader.next();
  ASSERT_TRUE(fixed32 && fixed32->is(3, Wire::kFixed32));
  EXPECT_EQ(fixed32->value, 1U);
  const auto fixed64 = reader.next();
  ASSERT_TRUE(fixed64 && fixed64->is(4, Wire::kFixed64));
  EXPECT_EQ(fixed64->value, 2U);
  EXPECT_FALSE(reader.next());
  EXPECT_FALSE(reader.damaged());
}

TEST(ProtobufReader, SeesDamage) {
  const std::string damaged[] = {
      "\x12\x05hi"s,                                    // a length past the end
      "\x08"s,                                          // no value
      "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"s,  // more than 64 bits
      "\x0b"s,                                          // a group
      "\x00\x01"s,                                      // field number 0
      "\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
      "rest"s,          // a length of 2^64-1
      "\x1d\x01\x00"s,  // half a fixed32
  };
  for (const auto& message : damaged) {
    ProtobufReader reader(bytes_of(message));
    EXPECT_FALSE(reader.next());
    EXPECT_TRUE(reader.damaged());
  }
}

}  // namespace
}  // namespace tandem
