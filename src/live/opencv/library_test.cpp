// SPDX-License-Identifier: Apache-2.0
// Tests of finding the library of OpenCV's parts; what it does is tested end to end.
#include "live/opencv/library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "support/temp_dir.h"

namespace tandem::live {
namespace {

using ::testing::HasSubstr;

TEST(OpencvLibrary, ABuildWithoutItSaysHowToGetIt) {
  const TempDir dir;
  const auto opened = open_opencv(opencv_library_places(dir.path()));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::kUnimplemented);
  EXPECT_THAT(opened.error().message, HasSubstr("apt-get install libopencv-videoio-dev libopencv-highgui-dev"));
}

TEST(OpencvLibrary, AFileThatIsNoLibraryIsUnavailable) {
  const TempDir dir;
  ASSERT_TRUE(write_file_atomic(dir.path() / "tandem_opencv.so", "no library"));
  const auto opened = open_opencv(opencv_library_places(dir.path()));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::kUnavailable);
}

TEST(OpencvLibrary, LiesBesideTheProgramOrInTheLibraries) {
  const auto places = opencv_library_places("/opt/tandem/bin");
  ASSERT_EQ(places.size(), 2U);
  EXPECT_EQ(places[0], "/opt/tandem/bin/tandem_opencv.so");
  EXPECT_EQ(places[1], "/opt/tandem/lib/tandem/tandem_opencv.so");
}

}  // namespace
}  // namespace tandem::live
