// SPDX-License-Identifier: Apache-2.0
// Where the library is looked for, and what is said when it is not there.
#include "engines/onnxruntime/library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "engines/onnxruntime/onnxruntime_engine.h"
#include "support/temp_dir.h"

namespace tandem::onnxruntime {
namespace {

using testing::HasSubstr;

TEST(LibraryPlaces, ANamedLibraryIsTheOnlyPlace) {
  EXPECT_EQ(library_places("/x/lib.so", "/opt/bin"), std::vector<std::filesystem::path>{"/x/lib.so"});
}

TEST(LibraryPlaces, BesideTheProgramComesFirstAndTheLoaderLast) {
  const auto places = library_places("", "/opt/tandem/bin");
  ASSERT_EQ(places.size(), 4U);
  EXPECT_EQ(places[0], "/opt/tandem/lib/libonnxruntime.so.1");
  EXPECT_EQ(places[1], "/opt/tandem/bin/libonnxruntime.so.1");
  EXPECT_EQ(places[3], "libonnxruntime.so.1");
}

TEST(OpenLibrary, SaysWhatIsMissingAndHowToGetIt) {
  const auto library = open_library({"/nonexistent/libonnxruntime.so.1"});
  ASSERT_FALSE(library);
  EXPECT_EQ(library.error().code, Code::kUnavailable);
  EXPECT_THAT(library.error().message, HasSubstr("/nonexistent/libonnxruntime.so.1: is not there"));
  EXPECT_THAT(library.error().message, HasSubstr("./dev setup"));
}

TEST(OpenLibrary, RefusesAFileThatIsNoLibrary) {
  const TempDir folder;
  std::ofstream(folder.path() / "libonnxruntime.so.1") << "hello";
  const auto library = open_library({folder.path() / "libonnxruntime.so.1"});
  ASSERT_FALSE(library);
  EXPECT_EQ(library.error().code, Code::kUnavailable);
}

TEST(OpenLibrary, RefusesAnotherLibrary) {
  const auto library = open_library({"libm.so.6"});
  ASSERT_FALSE(library);
  EXPECT_THAT(library.error().message, HasSubstr("is not ONNX Runtime"));
}

TEST(OnnxRuntimeEngine, WithoutItsLibraryItIsUnavailableAndNothingCrashes) {
  ::setenv("TANDEM_ONNXRUNTIME", "/nonexistent/libonnxruntime.so.1", 1);
  const auto engine = make_onnxruntime_engine();
  EXPECT_EQ(engine->available().error().code, Code::kUnavailable);
  EXPECT_EQ(engine->version(), "");
  EXPECT_TRUE(engine->devices().empty());
  EXPECT_EQ(engine->load("model.onnx", {}).error().code, Code::kUnavailable);
  EXPECT_EQ(engine->load_bytes({}, {}).error().code, Code::kUnavailable);
  ::unsetenv("TANDEM_ONNXRUNTIME");
}

}  // namespace
}  // namespace tandem::onnxruntime
