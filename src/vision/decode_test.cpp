// SPDX-License-Identifier: Apache-2.0
// Files that Pillow made against what Pillow reads in them (tests/data/vision), and files that must be refused.
#include "vision/decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "base/file.h"
#include "vision/jpeg_markers.h"

namespace tandem {
namespace {

using ::testing::HasSubstr;

std::string fixture(const std::string& name) {
  auto bytes = read_file(TANDEM_SOURCE_DIR "/tests/data/vision/" + name);
  EXPECT_TRUE(bytes) << name;
  return bytes.value_or("");
}

Result<Image> decode(const std::string& file, const DecodeLimits& limits = {}) {
  return decode_image(std::as_bytes(std::span(file)), limits);
}

std::string error_of(const std::string& file, const DecodeLimits& limits = {}) {
  const auto image = decode(file, limits);
  if (image) return "no error";
  EXPECT_EQ(image.error().code, Code::kInvalidArgument);
  return image.error().message;
}

/// A JPEG of more than one version of the library may differ by a little; PNG must not.
TEST(DecodeImage, GivesThePixelsThatPillowGives) {
  std::istringstream table(fixture("decode.txt"));
  std::string name;
  Image expected;
  int files = 0;
  while (table >> name >> expected.channels >> expected.width >> expected.height) {
    const auto image = decode(fixture(name));
    ASSERT_TRUE(image) << name << ": " << image.error().message;
    EXPECT_EQ(image->channels, expected.channels) << name;
    EXPECT_EQ(image->width, expected.width) << name;
    EXPECT_EQ(image->height, expected.height) << name;
    const int tolerance = name.ends_with(".jpg") ? 2 : 0;
    for (const std::uint8_t pixel : image->pixels) {
      int value = 0;
      table >> value;
      ASSERT_NEAR(pixel, value, tolerance) << name;
    }
    ++files;
  }
  EXPECT_EQ(files, 21);
}

TEST(DecodeImage, RefusesEveryTruncationOfAPng) {
  const std::string file = fixture("rgb.png");
  for (std::size_t size = 0; size < file.size(); ++size) EXPECT_FALSE(decode(file.substr(0, size))) << size;
}

TEST(DecodeImage, RefusesEveryTruncationOfAJpegButItsEndMarker) {
  const std::string file = fixture("gray.jpg");
  for (std::size_t size = 0; size + 2 < file.size(); size += 3) EXPECT_FALSE(decode(file.substr(0, size))) << size;
}

TEST(DecodeImage, RefusesAPngWhosePixelsWereChanged) {
  std::string file = fixture("rgb.png");
  const std::size_t data = file.find("IDAT");
  ASSERT_NE(data, std::string::npos);
  file[data + 12] = static_cast<char>(file[data + 12] ^ 0x10);
  EXPECT_THAT(error_of(file), HasSubstr("the PNG is damaged"));
}

TEST(DecodeImage, RefusesMorePixelsThanTheLimit) {
  EXPECT_THAT(error_of(fixture("rgb.png"), {.max_pixels = 29}), HasSubstr("at most 29 pixels, got 6x5 = 30"));
  EXPECT_THAT(error_of(fixture("rgb.jpg"), {.max_pixels = 29}), HasSubstr("at most 29 pixels, got 6x5 = 30"));
}

TEST(DecodeImage, RefusesAPngThatClaimsToBeHuge) {
  // A valid header chunk of 65535 x 65535 RGB; there are no pixels behind it.
  const std::string file("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\xff\xff\x00\x00\xff\xff\x08\x02\x00\x00\x00",
                         29);
  EXPECT_NE(error_of(file + "\x00\x00\x00\x00"), "no error");
}

TEST(DecodeImage, NamesAFormatThatItDoesNotTake) {
  EXPECT_THAT(error_of("GIF89a..."), HasSubstr("expected a PNG or JPEG, got GIF; convert it first"));
  EXPECT_THAT(error_of(std::string(128, '\0') + "DICM"), HasSubstr("DICOM"));
}

TEST(DecodeImage, ShowsTheFirstBytesOfAnythingElse) {
  EXPECT_THAT(error_of("hello"), HasSubstr("5 bytes that begin with 68 65 6c 6c 6f"));
  EXPECT_THAT(error_of(""), HasSubstr("no bytes at all"));
}

TEST(JpegMarkers, IgnoresExifThatPointsOutside) {
  std::string file(
      "\xff\xd8\xff\xe1\x00\x10"
      "Exif\0\0II*\0\xff\xff\xff\xff",
      20);
  EXPECT_EQ(read_jpeg_markers(std::as_bytes(std::span(file))).orientation, 1);
}

TEST(JpegMarkers, ReadsBigEndianOrientation) {
  const std::string file(
      "\xff\xd8\xff\xe1\x00\x22"
      "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0",
      38);
  EXPECT_EQ(read_jpeg_markers(std::as_bytes(std::span(file))).orientation, 6);
}

TEST(JpegMarkers, OrientationSixTurnsClockwise) {
  const Image stored{2, 1, 1, {1, 2}};
  EXPECT_EQ(apply_orientation(stored, 6), (Image{1, 2, 1, {1, 2}}));
  const Image column{1, 2, 1, {1, 2}};
  EXPECT_EQ(apply_orientation(column, 6), (Image{2, 1, 1, {2, 1}}));
}

}  // namespace
}  // namespace tandem
