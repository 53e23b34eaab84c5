// SPDX-License-Identifier: Apache-2.0
// A writer that dies after each of its steps, and writers that come at the same time: real processes, really ended.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <memory>

#include "store/sha256.h"
#include "store/store_layout.h"
#include "store/store_log.h"
#include "support/writable_store.h"

namespace tandem {
namespace {

constexpr std::string_view kCrashedName = "classification_cnn_digits_20261121";
constexpr std::string_view kOther = "a_b_c_20260101";
constexpr int kDied = 9;
constexpr int kMaxSteps = 40;

pid_t start_process(const std::function<bool()>& work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work() ? 0 : 1);  // no destructor runs, as in a crash
  return child;
}

int exit_code(pid_t child) {
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

StoreWriterOptions dies_after(int step) {
  StoreWriterOptions options;
  options.after_step = [step, count = std::make_shared<int>(0)](std::string_view) {
    if ((*count)++ == step) ::_exit(kDied);
  };
  return options;
}

/// Weights, config and version of the model as any reader finds them.
std::string state_of(const WritableStore& store) {
  if (!store.store().find(kCrashedName)) return "none";
  return store.weights(kCrashedName) + ", " + store.config(kCrashedName) + ", " +
         store.version_in_metadata(kCrashedName);
}

std::ptrdiff_t count_log_lines(const WritableStore& store) {
  const auto log = read_log(StoreLayout{store.folder()}.log());
  EXPECT_FALSE(log->damage);
  return std::count_if(log->entries.begin(), log->entries.end(),
                       [](const LogEntry& entry) { return entry.name == kCrashedName; });
}

/// A change and the only two states that a reader may ever see.
struct CrashCase {
  std::function<void(WritableStore&)> prepare;
  std::function<bool(WritableStore&, StoreWriter)> change;
  std::string before;
  std::string after;
};

/// Dies after step number `step`. Returns whether the change came to its end instead.
bool die_once(const CrashCase& crash, int step, bool& changed) {
  WritableStore store;
  crash.prepare(store);
  const std::ptrdiff_t lines = count_log_lines(store);
  const int code = exit_code(start_process([&] { return crash.change(store, store.writer(dies_after(step))); }));
  EXPECT_TRUE(code == kDied || code == 0) << code;
  const std::string seen = state_of(store);
  EXPECT_TRUE(seen == crash.after || (!changed && seen == crash.before)) << seen;
  changed = seen == crash.after;
  EXPECT_THAT(store.store().problems(), testing::IsEmpty());

  EXPECT_TRUE(store.add(kOther, "next"));  // finishes or removes what was left
  EXPECT_EQ(state_of(store), seen);
  EXPECT_EQ(count_log_lines(store), lines + (changed ? 1 : 0));
  EXPECT_TRUE(std::filesystem::is_empty(StoreLayout{store.folder()}.temporary()));
  EXPECT_TRUE(store.writer().remove(kOther));
  EXPECT_EQ(store.writer().remove(kCrashedName).has_value(), seen != "none");
  EXPECT_EQ(store.count_blobs(), 0U) << "no file is left that no version needs";
  return code == 0;
}

void die_at_each_step(const CrashCase& crash) {
  bool changed = false;
  int step = 0;
  for (; step < kMaxSteps; ++step) {
    SCOPED_TRACE("died after step " + std::to_string(step));
    if (die_once(crash, step, changed) || testing::Test::HasFailure()) break;
  }
  EXPECT_TRUE(changed) << "without a crash the change is made";
  EXPECT_GT(step, 5) << "there were steps to die after";
}

TEST(StoreCrash, WhileTheFirstVersionIsAddedLeavesNothingOrAll) {
  die_at_each_step({[](WritableStore&) {},
                    [](WritableStore& store, StoreWriter writer) {
                      return writer.add(store.request(kCrashedName, "one", "first")).has_value();
                    },
                    "none", "one, first, 1"});
}

TEST(StoreCrash, WhileAVersionIsAddedLeavesTheOldOrTheNew) {
  die_at_each_step({[](WritableStore& store) { ASSERT_TRUE(store.add(kCrashedName, "one", "first")); },
                    [](WritableStore& store, StoreWriter writer) {
                      return writer.add(store.request(kCrashedName, "two", "second")).has_value();
                    },
                    "one, first, 1", "two, second, 2"});
}

TEST(StoreCrash, WhileAModelPutThereByHandIsReplacedKeepsIt) {
  die_at_each_step({[](WritableStore& store) {
                      store.put("weights/classification_cnn_digits_20261121.onnx", "by hand");
                      store.put("metadata/classification_cnn_digits_20261121.json", "{}");
                    },
                    [](WritableStore& store, StoreWriter writer) {
                      return writer.add(store.request(kCrashedName, "two", "second")).has_value();
                    },
                    "by hand, none, 1", "two, second, 2"});
}

TEST(StoreCrash, WhileTheLatestVersionIsRemovedLeavesItOrTheOneBefore) {
  die_at_each_step(
      {[](WritableStore& store) {
         ASSERT_TRUE(store.add(kCrashedName, "one", "first"));
         ASSERT_TRUE(store.add(kCrashedName, "two", "second"));
       },
       [](WritableStore&, StoreWriter writer) { return writer.remove(std::string(kCrashedName) + "@2").has_value(); },
       "two, second, 2", "one, first, 1"});
}

TEST(StoreCrash, WhileAModelIsRemovedLeavesAllOrNothing) {
  die_at_each_step({[](WritableStore& store) {
                      ASSERT_TRUE(store.add(kCrashedName, "one", "first"));
                      ASSERT_TRUE(store.add(kCrashedName, "two", "second"));
                    },
                    [](WritableStore&, StoreWriter writer) { return writer.remove(kCrashedName).has_value(); },
                    "two, second, 2", "none"});
}

TEST(StoreCrash, WhileRecoveringFromACrashIsRecoveredFromToo) {
  for (int step = 0; step < kMaxSteps; ++step) {
    WritableStore store;
    ASSERT_TRUE(store.add(kCrashedName, "one", "first"));
    const auto add_two = [&](StoreWriter writer) {
      return writer.add(store.request(kCrashedName, "two", "second")).has_value();
    };
    // The first dies right after its commit (three files are kept before), the next while it makes up for that.
    ASSERT_EQ(exit_code(start_process([&] { return add_two(store.writer(dies_after(3))); })), kDied);
    const int code = exit_code(
        start_process([&] { return store.writer(dies_after(step)).add(store.request(kOther, "next")).has_value(); }));
    EXPECT_EQ(state_of(store), "two, second, 2");
    if (code == 0) return;
    ASSERT_TRUE(store.writer().remove(std::string(kCrashedName) + "@1"));
    EXPECT_EQ(state_of(store), "two, second, 2");
  }
  FAIL() << "the recovery never came to its end";
}

TEST(StoreCrash, BeforeTheCommitLeavesFilesThatTheNextChangeDeletes) {
  WritableStore store;
  const auto add = [&] { return store.writer(dies_after(0)).add(store.request(kCrashedName, "one")).has_value(); };
  ASSERT_EQ(exit_code(start_process(add)), kDied);
  const auto blob = StoreLayout{store.folder()}.blob(FileKind::kWeights, sha256_hex("one"));
  ASSERT_TRUE(std::filesystem::exists(blob));
  ASSERT_TRUE(store.add(kOther, "next"));
  EXPECT_FALSE(std::filesystem::exists(blob));
}

TEST(StoreCrash, WhoseFilesAreLostKeepsNoOtherModelFromBeingStored) {
  WritableStore store;
  ASSERT_TRUE(store.add(kCrashedName, "one", "first"));
  const auto add_two = [&] {
    return store.writer(dies_after(3)).add(store.request(kCrashedName, "two", "second")).has_value();
  };
  ASSERT_EQ(exit_code(start_process(add_two)), kDied);
  std::filesystem::remove(StoreLayout{store.folder()}.blob(FileKind::kConfig, sha256_hex("second")));
  EXPECT_TRUE(store.add(kOther, "next"));
  EXPECT_EQ(store.store().find(kCrashedName).error().code, Code::kDataLoss);
  EXPECT_EQ(store.weights(std::string(kCrashedName) + "@1"), "one");
  ASSERT_TRUE(store.writer().remove(std::string(kCrashedName) + "@2"));
  EXPECT_EQ(state_of(store), "one, first, 1");
  EXPECT_EQ(count_log_lines(store), 3);
}

TEST(StoreCrash, LeavesAHalfShownFileThatTheNextChangeReplaces) {
  WritableStore store;
  store.put("weights/.classification_cnn_digits_20261121.onnx.tandem", "half");
  EXPECT_TRUE(store.store().list()->empty());
  EXPECT_THAT(store.store().problems(), testing::IsEmpty());
  ASSERT_TRUE(store.add(kCrashedName, "one"));
  EXPECT_EQ(store.weights(kCrashedName), "one");
  EXPECT_FALSE(std::filesystem::exists(store.folder() / "weights/.classification_cnn_digits_20261121.onnx.tandem"));
}

TEST(StoreWriters, AtTheSameTimeLoseNoVersion) {
  constexpr int kWriters = 4;
  constexpr int kEach = 5;
  WritableStore store;
  std::vector<pid_t> children;
  for (int writer = 0; writer < kWriters; ++writer) {
    children.push_back(start_process([&store, writer] {
      for (int i = 0; i < kEach; ++i) {
        const std::string weights = std::to_string(writer) + "." + std::to_string(i);
        const auto file = store.folder() / (".source" + std::to_string(writer));
        if (!write_file_atomic(file, weights)) return false;
        AddRequest request;
        request.file = file;
        request.name = kCrashedName;
        request.config = weights;
        request.describe = [](const Candidate&) { return Result<std::string>("{}"); };
        if (!store.writer().add(request)) return false;
      }
      return true;
    }));
  }
  for (const pid_t child : children) EXPECT_EQ(exit_code(child), 0);

  std::vector<std::string> found;
  const auto versions = store.store().versions(kCrashedName);
  for (const StoreVersion& version : *versions) {
    const std::string name = std::string(kCrashedName) + "@" + std::to_string(version.number);
    EXPECT_EQ(store.weights(name), store.config(name)) << "files of one version belong together";
    found.push_back(store.weights(name));
  }
  std::sort(found.begin(), found.end());
  EXPECT_EQ(found.size(), static_cast<std::size_t>(kWriters * kEach));
  EXPECT_EQ(std::adjacent_find(found.begin(), found.end()), found.end());
  EXPECT_EQ(count_log_lines(store), kWriters * kEach);
}

TEST(StoreWriters, NeverShowAReaderTwoVersionsMixed) {
  WritableStore store;
  ASSERT_TRUE(store.add(kCrashedName, "0", "0"));
  const pid_t writer = start_process([&] {
    for (int i = 1; i <= 20; ++i) {
      if (!store.add(kCrashedName, std::to_string(i), std::to_string(i))) return false;
    }
    return true;
  });
  int status = 0;
  while (::waitpid(writer, &status, WNOHANG) == 0) {
    const auto read = read_together(store.store(), kCrashedName, [&](const StoreEntry& entry) -> Result<std::string> {
      return store.read(entry.weights) + " " + store.read(entry.config);
    });
    if (!read) {
      EXPECT_EQ(read.error().code, Code::kAborted) << read.error().message;
      continue;
    }
    const auto space = read->find(' ');
    EXPECT_EQ(read->substr(0, space), read->substr(space + 1));
  }
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(StoreWriters, SayWhoHoldsTheStoreWhenItTakesTooLong) {
  WritableStore store;
  ASSERT_TRUE(store.add(kCrashedName, "one"));
  AddRequest request = store.request(kCrashedName, "two");
  request.describe = [&](const Candidate&) {
    StoreWriterOptions impatient;
    impatient.lock_patience = std::chrono::milliseconds(1);
    const auto second = store.writer(impatient).remove(kCrashedName);
    EXPECT_EQ(second.error().code, Code::kUnavailable);
    EXPECT_THAT(second.error().message, testing::HasSubstr("process " + std::to_string(::getpid())));
    return Result<std::string>("{}");
  };
  EXPECT_TRUE(store.writer().add(request));
}

}  // namespace
}  // namespace tandem
