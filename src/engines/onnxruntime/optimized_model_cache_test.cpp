// SPDX-License-Identifier: Apache-2.0
// Entries of the cache, without and with the engine.
#include "engines/onnxruntime/optimized_model_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "engines/onnxruntime/onnxruntime_engine.h"
#include "support/onnx_bytes.h"
#include "support/temp_dir.h"

namespace tandem::onnxruntime {
namespace {

using onnx_bytes::as_bytes;
using testing::HasSubstr;

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
  return files;
}

TEST(ContentHash, TellsLengthAndEveryByteApart) {
  const std::string texts[] = {"", std::string(1, '\0'), std::string(8, '\0'), "abcdefgh", "abcdefgi", "abcdefghi"};
  for (const auto& a : texts) {
    for (const auto& b : texts) EXPECT_EQ(content_hash(as_bytes(a)) == content_hash(as_bytes(b)), a == b);
  }
}

TEST(OptimizedModelEntry, ReadsWhatItWrote) {
  const TempDir folder;
  const OptimizedModelEntry entry(folder.path(), as_bytes("model"), "1.31.1|cpu|all");
  EXPECT_EQ(entry.read().error().code, Code::kNotFound);
  const std::string optimized = "an optimized model";
  ASSERT_TRUE(entry.write(as_bytes(optimized)));
  const auto read = entry.read();
  ASSERT_TRUE(read);
  EXPECT_TRUE(std::ranges::equal(*read, as_bytes(optimized)));
}

TEST(OptimizedModelEntry, AnotherVersionHasAnotherEntry) {
  EXPECT_NE(OptimizedModelEntry("/c", as_bytes("model"), "1.31.1|cpu|all").path(),
            OptimizedModelEntry("/c", as_bytes("model"), "1.30.0|cpu|all").path());
}

TEST(OptimizedModelCache, TheSecondLoadUsesIt) {
  const TempDir folder;
  const auto engine = make_onnxruntime_engine();
  SessionOptions options;
  options.optimized_model_cache = folder.path() / "made" / "here";
  const auto first = engine->load_bytes(as_bytes(onnx_bytes::add_model(4)), options);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ((*first)->describe().find("from the cache"), std::string::npos);
  EXPECT_EQ(files_in(options.optimized_model_cache).size(), 1U);
  const auto second = engine->load_bytes(as_bytes(onnx_bytes::add_model(4)), options);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_THAT((*second)->describe(), HasSubstr("from the cache"));
  EXPECT_EQ((*first)->info(), (*second)->info());
}

TEST(OptimizedModelCache, ADamagedEntryIsMadeAgain) {
  const TempDir folder;
  const auto engine = make_onnxruntime_engine();
  SessionOptions options;
  options.optimized_model_cache = folder.path();
  ASSERT_TRUE(engine->load_bytes(as_bytes(onnx_bytes::add_model(4)), options));
  const auto entry = files_in(folder.path()).at(0);
  std::string bytes = *read_file(entry);
  bytes[bytes.size() / 2] ^= 1;
  for (const auto& damaged : {bytes, bytes.substr(0, 20), std::string()}) {
    ASSERT_TRUE(write_file_atomic(entry, damaged));
    const auto again = engine->load_bytes(as_bytes(onnx_bytes::add_model(4)), options);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ((*again)->describe().find("from the cache"), std::string::npos);
    const auto cached = engine->load_bytes(as_bytes(onnx_bytes::add_model(4)), options);
    ASSERT_TRUE(cached);
    EXPECT_THAT((*cached)->describe(), HasSubstr("from the cache"));
  }
}

TEST(OptimizedModelCache, AFolderThatCannotBeMadeIsNotFatal) {
  const auto engine = make_onnxruntime_engine();
  SessionOptions options;
  options.optimized_model_cache = "/proc/nowhere";
  EXPECT_TRUE(engine->load_bytes(as_bytes(onnx_bytes::add_model(4)), options));
}

}  // namespace
}  // namespace tandem::onnxruntime
