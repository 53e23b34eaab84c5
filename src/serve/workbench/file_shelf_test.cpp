// SPDX-License-Identifier: Apache-2.0
// Files in one piece and in many, names that are refused, and what is left on the disk.
#include "serve/workbench/file_shelf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "support/temp_dir.h"

namespace tandem::serve {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

class Shelf : public testing::Test {
 protected:
  std::unique_ptr<FileShelf> open(FileShelfLimits limits = {}) {
    limits.free_bytes = 0;
    return FileShelf::open(
               folder_.path(), limits,
               [](const fs::path& file, FileKind) { return "\"" + std::to_string(fs::file_size(file)) + "\""; })
        .value();
  }
  std::string add(FileShelf& shelf, std::string_view name) {
    return shelf.begin(name, 3, bytes("abc")).value().file->id;
  }

  TempDir folder_;
};

TEST_F(Shelf, KeepsAFileThatComesInOnePiece) {
  const auto shelf = open();
  const auto upload = shelf->begin("model.pth", 3, bytes("abc"));
  ASSERT_TRUE(upload) << upload.error().message;
  ASSERT_TRUE(upload->file);
  EXPECT_EQ(upload->file->kind, FileKind::kCheckpoint);
  EXPECT_EQ(read_file(upload->file->path).value(), "abc");
  EXPECT_EQ(shelf->find(upload->id).value(), upload->file);
}

TEST_F(Shelf, JoinsPiecesAndLooksIntoTheWholeFileOnly) {
  const auto shelf = open();
  const auto first = shelf->begin("model.onnx", 6, bytes("ab")).value();
  EXPECT_FALSE(first.file);
  EXPECT_FALSE(shelf->find(first.id));
  const auto second = shelf->append(first.id, 2, bytes("cd")).value();
  EXPECT_EQ(second.received, 4U);
  const auto third = shelf->append(first.id, 4, bytes("ef")).value();
  ASSERT_TRUE(third.file);
  EXPECT_EQ(read_file(third.file->path).value(), "abcdef");
  EXPECT_EQ(third.file->inspection, "\"6\"");
}

TEST_F(Shelf, RefusesAPieceThatDoesNotFit) {
  const auto shelf = open();
  const auto first = shelf->begin("a.png", 4, bytes("ab")).value();
  EXPECT_THAT(shelf->append(first.id, 3, bytes("c")).error().message, HasSubstr("expected 2, got 3"));
  EXPECT_FALSE(shelf->append(first.id, 2, bytes("cde")));
  EXPECT_FALSE(shelf->append("f99", 0, bytes("a")));
}

TEST_F(Shelf, RefusesNamesThatLeaveTheFolderOrAreNoModel) {
  for (const char* name :
       {"", ".pth", "../a.pth", "a/b.pth", "a\\b.pth", "a b.png", "a.exe", "a.pth\n", "-", "..", "caf\xC3\xA9.png"}) {
    EXPECT_FALSE(check_file_name(name)) << name;
  }
  EXPECT_FALSE(check_file_name(std::string(200, 'a') + ".png"));
  EXPECT_FALSE(check_file_name(std::string_view("a\0.png", 6)));
}

TEST_F(Shelf, TellsKindsByTheirEndings) {
  EXPECT_EQ(check_file_name("a.pt").value(), FileKind::kCheckpoint);
  EXPECT_EQ(check_file_name("a.npz").value(), FileKind::kCheckpoint);
  for (const char* name : {"a.pt2", "a.safetensors", "a.keras", "a.h5"}) {
    EXPECT_EQ(check_file_name(name).value(), FileKind::kCheckpoint) << name;
  }
  EXPECT_EQ(check_file_name("a.onnx").value(), FileKind::kOnnx);
  EXPECT_EQ(check_file_name("a.yaml").value(), FileKind::kConfig);
  EXPECT_EQ(check_file_name("a.jpeg").value(), FileKind::kImage);
}

TEST_F(Shelf, RefusesWhatIsTooLarge) {
  FileShelfLimits limits;
  limits.file_bytes = 10;
  const auto shelf = open(limits);
  EXPECT_THAT(shelf->begin("a.pth", 11, bytes("a")).error().message, HasSubstr("at most 10"));
  EXPECT_FALSE(shelf->begin("a.pth", 0, {}));
}

TEST_F(Shelf, RefusesWhatTheDiskCannotHold) {
  const auto shelf = FileShelf::open(folder_.path(), {.file_bytes = ~0ULL, .free_bytes = 1ULL << 62U, .files = 2},
                                     [](const fs::path&, FileKind) { return std::string("{}"); })
                         .value();
  EXPECT_EQ(shelf->begin("a.pth", 1, bytes("a")).error().code, Code::kResourceExhausted);
}

TEST_F(Shelf, LetsTheOldestFileGo) {
  FileShelfLimits limits;
  limits.files = 2;
  const auto shelf = open(limits);
  const std::string first = add(*shelf, "a.png");
  const std::string second = add(*shelf, "b.png");
  const std::string third = add(*shelf, "c.png");
  EXPECT_FALSE(shelf->find(first));
  EXPECT_TRUE(shelf->find(second));
  EXPECT_TRUE(shelf->find(third));
}

TEST_F(Shelf, KeepsAFileOnDiskWhileSomeoneHoldsIt) {
  const auto shelf = open();
  const std::string id = add(*shelf, "a.png");
  auto file = shelf->find(id).value();
  const fs::path path = file->path;
  ASSERT_TRUE(shelf->remove(id));
  EXPECT_TRUE(fs::exists(path));
  file.reset();
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(Shelf, LeavesNothingBehind) {
  {
    const auto shelf = open();
    add(*shelf, "a.png");
    ASSERT_TRUE(shelf->begin("half.pth", 100, bytes("abc")));
  }
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

TEST_F(Shelf, TakesOverWhatAJobMade) {
  const auto shelf = open();
  auto folder = shelf->make_folder().value();
  const fs::path made = folder->path() / "carotid.onnx";
  ASSERT_TRUE(write_file_atomic(made, "onnx"));
  const auto file = shelf->add(std::move(folder), made, "f1");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ((*file)->made_from, "f1");
  EXPECT_EQ((*file)->bytes, 4U);
}

}  // namespace
}  // namespace tandem::serve
