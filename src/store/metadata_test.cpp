// SPDX-License-Identifier: Apache-2.0
// Metadata files as they are, and as they should not be.
#include <gtest/gtest.h>

#include "base/file.h"
#include "store/store.h"
#include "support/temp_dir.h"

namespace tandem {
namespace {

Result<ModelMetadata> read_text(std::string_view text) {
  const TempDir folder;
  EXPECT_TRUE(write_file_atomic(folder.path() / "a.json", text));
  return read_metadata(folder.path() / "a.json");
}

TEST(Metadata, GivesVersionDescriptionAndTheWholeDocument) {
  const auto metadata = read_text(R"({"version": "3", "description": "digits", "more": [1]})");
  ASSERT_TRUE(metadata) << metadata.error().message;
  EXPECT_EQ(metadata->version, "3");
  EXPECT_EQ(metadata->description, "digits");
  EXPECT_NE(metadata->json.find("more"), std::string::npos);
}

TEST(Metadata, TakesAVersionThatIsANumber) { EXPECT_EQ(read_text(R"({"version": 2})")->version, "2"); }

TEST(Metadata, HasVersionOneWhenItSaysNone) { EXPECT_EQ(read_text("{}")->version, "1"); }

TEST(Metadata, RefusesWhatIsNoJson) { EXPECT_EQ(read_text("{").error().code, Code::kInvalidArgument); }

TEST(Metadata, RefusesADocumentThatIsNoObject) { EXPECT_EQ(read_text("[]").error().code, Code::kInvalidArgument); }

TEST(Metadata, RefusesAVersionOfAnotherType) {
  EXPECT_EQ(read_text(R"({"version": {}})").error().code, Code::kInvalidArgument);
}

TEST(Metadata, RefusesADocumentThatIsTooDeep) {
  EXPECT_FALSE(read_text(R"({"a": )" + std::string(100000, '[')));
  EXPECT_FALSE(read_text(R"({"a": )" + std::string(50, '[') + std::string(50, ']') + "}"));
}

TEST(Metadata, SaysWhenTheFileIsMissing) {
  EXPECT_EQ(read_metadata("/nonexistent/a.json").error().code, Code::kNotFound);
}

}  // namespace
}  // namespace tandem
