// SPDX-License-Identifier: Apache-2.0
// StoreWriter: adds versions of models to a store and removes them; safe against crashes and other writers.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "store/sha256.h"
#include "store/store_layout.h"

namespace tandem {

struct StoreWriterOptions {
  const Clock* clock = &system_clock();             // outlives the writer
  std::chrono::milliseconds lock_patience{60'000};  // how long to wait for another writer
  /// Called after each step that changed a file, with the step's name: for tests that end the process there.
  std::function<void(std::string_view step)> after_step;
};

/// A model that was copied and hashed and is not in the store yet.
struct Candidate {
  std::filesystem::path weights;  // the copy
  FileDigest digest;
  int version = 1;      // that it will get
  std::string config;   // YAML; "" for none
  int config_from = 0;  // the version it was inherited from, because none was given; 0: it was given
};

/// Looks at the candidate, for the store knows no model format. Returns what the model says of itself, as a JSON object
/// for its metadata; an error keeps it out of the store.
using DescribeCandidate = std::function<Result<std::string>(const Candidate&)>;

struct AddRequest {
  std::filesystem::path file;
  std::string name;                   // {task}_{architecture}_{dataset}_{YYYYMMDD}
  std::string metadata;               // JSON; "" for none: then that of an older version with the same weights, if any
  std::optional<std::string> config;  // YAML; "" for none; absent: that of the version before, when there is one
  DescribeCandidate describe;         // required
  std::function<void(std::uint64_t done_bytes, std::uint64_t total_bytes)> progress;  // of the copying; may be empty
};

struct Added {
  std::string name;
  int version = 0;
  FileDigest weights;
  int config_from = 0;      // the version whose config was inherited; 0: none was
  int same_weights_as = 0;  // the newest older version with the same weights; 0: there is none
  int metadata_from = 0;    // the version whose metadata was inherited; 0: none was
};

struct Removed {
  std::string name;
  std::vector<int> versions;
  int current = 0;  // the version that `name` means from now on; 0: there is none
  std::uint64_t freed_bytes = 0;
};

/// Thread-safe; every call takes the store's lock, and first finishes or removes what a crashed writer left.
class StoreWriter final {
 public:
  /// Errors: those of Store::open.
  static Result<StoreWriter> open(const std::filesystem::path& folder, StoreWriterOptions options = {});

  /// Makes an empty store in a folder that does not exist or is empty; the folder above it exists. Returns whether
  /// anything was made: false where a store is. Errors: invalid_argument, not_found, permission_denied.
  static Result<bool> create(const std::filesystem::path& folder);

  /// The next version of the model; the one before stays reachable as NAME@n.
  /// Errors: invalid_argument (the name, the metadata), those of describe, of reading and of writing, unavailable
  /// (another writer).
  Result<Added> add(const AddRequest& request);

  /// NAME removes every version, NAME@n that one. The log keeps which it was.
  /// Errors: not_found, those of writing, unavailable (another writer).
  Result<Removed> remove(std::string_view versioned_name);

 private:
  StoreWriter(StoreLayout layout, StoreWriterOptions options)
      : layout_(std::move(layout)), options_(std::move(options)) {}

  StoreLayout layout_;
  StoreWriterOptions options_;
};

}  // namespace tandem
