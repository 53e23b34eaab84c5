// SPDX-License-Identifier: Apache-2.0
// Tests of the zip reader on archives composed here, byte by byte.
#include "formats/zip_archive.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstring>
#include <string>

#include "base/bytes.h"
#include "support/compress.h"

namespace tandem {
namespace {

struct Part {
  std::string name;
  std::string content;
  bool deflate = false;
};

std::string number(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xFF);
  return text;
}

/// A zip file of the parts; the local headers carry padding in their extra field, as torch writes it.
std::string compose(const std::vector<Part>& parts) {
  std::string file;
  std::string directory;
  for (const Part& part : parts) {
    const std::string data = part.deflate ? compress_with(-MAX_WBITS, part.content) : part.content;
    const auto crc =
        ::crc32(0, reinterpret_cast<const Bytef*>(part.content.data()), static_cast<uInt>(part.content.size()));
    const std::string common = number(part.deflate ? 8 : 0, 2) + number(0, 4) + number(crc, 4) +
                               number(data.size(), 4) + number(part.content.size(), 4) + number(part.name.size(), 2);
    directory += "PK\x01\x02" + number(20, 2) + number(20, 2) + number(0, 2) + common + number(0, 2) + number(0, 2) +
                 number(0, 2) + number(0, 2) + number(0, 4) + number(file.size(), 4) + part.name;
    file += "PK\x03\x04" + number(20, 2) + number(0, 2) + common + number(5, 2) + part.name + "FB\x01" +
            std::string(2, '\0') + data;
  }
  const std::string end = "PK\x05\x06" + number(0, 4) + number(parts.size(), 2) + number(parts.size(), 2) +
                          number(directory.size(), 4) + number(file.size(), 4) + number(0, 2);
  return file + directory + end;
}

std::span<const std::byte> bytes_in(const std::string& text) { return std::as_bytes(std::span(text)); }

std::string text(const std::vector<std::byte>& data) { return std::string(as_text(data)); }

TEST(Zip, FindsStoredMembersInPlace) {
  const std::string file = compose({{"a/x", "hello"}, {"a/y", ""}});
  const auto archive = ZipArchive::open(bytes_in(file));
  ASSERT_TRUE(archive) << archive.error().message;
  const ZipMember* member = archive->find("a/x");
  ASSERT_NE(member, nullptr);
  EXPECT_EQ(std::memcmp(member->data.data(), "hello", 5), 0);
  EXPECT_EQ(archive->find("a/z"), nullptr);
  EXPECT_EQ(archive->members().size(), 2U);
}

TEST(Zip, InflatesDeflatedMembers) {
  const std::string long_text(10'000, 'x');
  const std::string file = compose({{"x", long_text, true}});
  const auto archive = ZipArchive::open(bytes_in(file));
  EXPECT_EQ(text(archive->read(archive->members()[0]).value()), long_text);
}

TEST(Zip, ADamagedMemberFailsItsChecksum) {
  std::string file = compose({{"x", "hello"}});
  file[file.find("hello")] = 'j';
  const auto archive = ZipArchive::open(bytes_in(file));
  EXPECT_EQ(archive->read(archive->members()[0]).error().code, Code::kDataLoss);
}

TEST(Zip, RefusesNamesThatLeaveTheArchive) {
  for (const char* name : {"../x", "a/../../x", "/x", "a\\x", ""}) {
    EXPECT_FALSE(ZipArchive::open(bytes_in(compose({{name, "1"}})))) << name;
  }
}

TEST(Zip, RefusesTwins) { EXPECT_FALSE(ZipArchive::open(bytes_in(compose({{"x", "1"}, {"x", "2"}})))); }

TEST(Zip, RefusesOverlappingMembers) {
  std::string file = compose({{"x", "11111"}, {"x", "22222"}});
  const auto second = file.rfind("PK\x01\x02");
  std::memset(file.data() + second + 42, 0, 4);  // both entries now point at the first local header
  EXPECT_NE(ZipArchive::open(bytes_in(file)).error().message.find("overlap"), std::string::npos);
}

TEST(Zip, RefusesAMemberThatOverlapsTheDirectory) {
  std::string file = compose({{"x", "11111"}});
  const auto entry = file.rfind("PK\x01\x02");
  const std::string longer = number(40, 4);  // the member's five bytes and some of the directory's
  std::memcpy(file.data() + entry + 20, longer.data(), 4);
  std::memcpy(file.data() + entry + 24, longer.data(), 4);
  EXPECT_NE(ZipArchive::open(bytes_in(file)).error().message.find("overlaps the central directory"), std::string::npos);
}

TEST(Zip, RefusesManyMembersThatExpandTooFarTogether) {
  ZipLimits limits;
  limits.expanded_bytes = 0;
  limits.expansion = 2;
  const std::string file = compose({{"x", std::string(600, 'x'), true}, {"y", std::string(600, 'y'), true}});
  EXPECT_EQ(ZipArchive::open(bytes_in(file), limits).error().code, Code::kResourceExhausted);
  limits.expansion = 10;
  EXPECT_TRUE(ZipArchive::open(bytes_in(file), limits));
}

TEST(Zip, RefusesEveryTruncation) {
  const std::string file = compose({{"a/x", "hello"}, {"a/y", std::string(500, 'y'), true}});
  for (std::size_t size = 0; size < file.size(); ++size) {
    EXPECT_FALSE(ZipArchive::open(bytes_in(file.substr(0, size)))) << size;
  }
}

TEST(Zip, RefusesAnImpossibleExpansion) {
  std::string file = compose({{"x", std::string(100, 'x'), true}});
  const auto entry = file.rfind("PK\x01\x02");
  const std::string claim = number(0x7FFFFFF, 4);
  std::memcpy(file.data() + entry + 24, claim.data(), 4);
  const auto archive = ZipArchive::open(bytes_in(file));
  ASSERT_TRUE(archive);
  EXPECT_NE(archive->read(archive->members()[0]).error().message.find("impossible"), std::string::npos);
}

}  // namespace
}  // namespace tandem
