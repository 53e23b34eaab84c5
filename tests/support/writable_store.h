// SPDX-License-Identifier: Apache-2.0
// WritableStore: a store in a temporary folder, to which tests add files of any text as models.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "store/store.h"
#include "store/store_writer.h"
#include "support/fake_clock.h"
#include "support/temp_dir.h"

namespace tandem {

class WritableStore final {
 public:
  WritableStore() { EXPECT_TRUE(StoreWriter::create(folder())); }

  std::filesystem::path folder() const { return temporary_.path() / "store"; }
  Store store() const { return *Store::open(folder()); }
  StoreWriter writer() { return writer({}); }
  StoreWriter writer(StoreWriterOptions options) {
    options.clock = &clock_;
    return *StoreWriter::open(folder(), std::move(options));
  }

  /// A request for a model whose file holds `weights`; whatever it holds is taken for a model.
  AddRequest request(std::string_view name, std::string_view weights, std::optional<std::string> config = {}) const {
    const std::filesystem::path file = temporary_.path() / "new.onnx";
    EXPECT_TRUE(write_file_atomic(file, weights));
    AddRequest request;
    request.file = file;
    request.name = name;
    request.config = std::move(config);
    request.describe = [](const Candidate&) { return Result<std::string>("{}"); };
    return request;
  }
  Result<Added> add(std::string_view name, std::string_view weights, std::optional<std::string> config = {}) {
    return writer().add(request(name, weights, std::move(config)));
  }

  /// What the store has under that name: its weights; "none" when it has no such model.
  std::string weights(std::string_view versioned_name) const {
    const auto entry = store().find(versioned_name);
    return entry ? read(entry->weights) : "none";
  }
  std::string config(std::string_view versioned_name) const {
    const auto entry = store().find(versioned_name);
    return entry && !entry->config.empty() ? read(entry->config) : "none";
  }
  std::string version_in_metadata(std::string_view versioned_name) const {
    const auto entry = store().find(versioned_name);
    const auto metadata = entry ? read_metadata(entry->metadata) : Result<ModelMetadata>(fail(entry.error()));
    return metadata ? metadata->version : metadata.error().message;
  }
  static std::string read(const std::filesystem::path& file) {
    const auto text = read_file(file);
    return text ? *text : text.error().message;
  }
  /// Writes a file of the store as a person would, past the writer.
  void put(const std::filesystem::path& file, std::string_view text) const {
    std::filesystem::remove(folder() / file);
    EXPECT_TRUE(write_file_atomic(folder() / file, text));
  }
  std::size_t count_blobs() const {
    std::size_t count = 0;
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder() / ".store/blobs")) {
      count += file.is_regular_file() ? 1U : 0U;
    }
    return count;
  }

  FakeClock& clock() { return clock_; }

 private:
  /// In memory where that can be had: a writer waits for the disk many times, which is nothing to test here.
  static std::filesystem::path fast_folder() {
    const std::filesystem::path memory = "/dev/shm";
    return ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
  }

  TempDir temporary_{fast_folder()};
  FakeClock clock_;
};

}  // namespace tandem
