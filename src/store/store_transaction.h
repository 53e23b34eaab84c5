// SPDX-License-Identifier: Apache-2.0
// StoreTransaction: one change of a store, under its lock; a crash at any point leaves the old state or the new one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "store/store_files.h"
#include "store/store_layout.h"
#include "store/store_lock.h"
#include "store/store_writer.h"
#include "store/version_record.h"

namespace tandem {

/// Call order: `begin load (stage | secure | keep)* commit sweep? end`. Without commit nothing has changed.
class StoreTransaction final {
 public:
  /// Makes .store/ where it is missing, takes the lock, and finishes or removes what an interrupted writer left.
  static Result<StoreTransaction> begin(StoreLayout layout, const StoreWriterOptions& options);
  StoreTransaction(StoreTransaction&&) = default;
  ~StoreTransaction();

  /// The model's record; an empty one when there is none. Its latest version is what weights/, metadata/ and configs/
  /// hold now: a person may have put or edited files there, and that must not get lost unseen. While a change is
  /// pending that could not be made up for, the version is what the record says.
  Result<VersionRecord> load(std::string_view name) const;

  /// Copies what of the latest version no blob holds yet.
  Status secure(VersionRecord& record);

  /// Makes a staged file a blob.
  Status keep(StagedFile& file, FileKind kind);

  /// Replaces the record, which is the moment of the change; then shows the latest version in weights/, metadata/ and
  /// configs/, and writes the log. An error after that moment says that the change stands and what is left to do.
  Status commit(VersionRecord& record, std::string_view action, std::vector<LoggedVersion> versions);

  /// Deletes blobs that no version needs any more, and returns their bytes.
  Result<std::uint64_t> sweep();

  /// The change is complete.
  Status end();

  const StoreLayout& layout() const { return layout_; }

 private:
  StoreTransaction(StoreLayout layout, const StoreWriterOptions& options, StoreLock lock)
      : layout_(std::move(layout)), options_(options), lock_(std::move(lock)) {}
  Status recover();
  Status carry_out(VersionRecord& record);
  Status write_record(const VersionRecord& record);
  Status show(FileKind kind, const VersionRecord& record);
  void step(std::string_view what) const;

  StoreLayout layout_;
  StoreWriterOptions options_;
  StoreLock lock_;
  bool touched_ = false;  // something was written that only end() makes whole
  bool whole_ = true;     // no change of another writer is left to be made up for
};

}  // namespace tandem
