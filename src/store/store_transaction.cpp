// SPDX-License-Identifier: Apache-2.0
// The order of steps that makes a change all or nothing (docs/formats/store.md, "A change").
#include "store/store_transaction.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/file.h"
#include "store/store.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

/// The number that a model's own metadata gives it, where it is one that the store can go on counting from.
int adopted_number(const StoreLayout& layout, std::string_view name, int next_number) {
  const auto metadata = read_metadata(layout.plain(FileKind::kMetadata, name));
  int number = 0;
  if (!metadata) return next_number;
  const std::string& text = metadata->version;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  return whole && number >= next_number && number < kMaxVersionNumber ? number : next_number;
}

std::string modified_at(const fs::path& file) {
  struct stat info{};
  if (::stat(file.c_str(), &info) != 0) return iso8601(SystemTime{});
  return iso8601(std::chrono::system_clock::from_time_t(info.st_mtime));
}

/// Brings the version's digests up to what the plain files hold. A file that a person deleted stays with the version.
Status take_plain_files(const StoreLayout& layout, std::string_view name, RecordedVersion& version) {
  const auto digest_now = [&](FileKind kind, std::optional<FileDigest>& digest) -> Status {
    const fs::path file = layout.plain(kind, name);
    if (!is_plain_file(file) || (digest && holds(file, kind, *digest, layout))) return {};
    digest = TRY(digest_file(file));
    return {};
  };
  std::optional<FileDigest> weights = version.weights;
  TRY(digest_now(FileKind::kWeights, weights));
  version.weights = *weights;
  TRY(digest_now(FileKind::kMetadata, version.metadata));
  return digest_now(FileKind::kConfig, version.config);
}

void set_digest(RecordedVersion& version, FileKind kind, const FileDigest& digest) {
  switch (kind) {
    case FileKind::kWeights: version.weights = digest; return;
    case FileKind::kMetadata: version.metadata = digest; return;
    case FileKind::kConfig: version.config = digest;
  }
}

void remove_files_in(const fs::path& folder, bool hidden_only) {
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::directory_iterator it(folder, error); !error && it != fs::directory_iterator(); it.increment(error)) {
    if (!hidden_only || it->path().filename().string().starts_with('.')) files.push_back(it->path());
  }
  for (const fs::path& file : files) fs::remove(file, error);
}

}  // namespace

Result<StoreTransaction> StoreTransaction::begin(StoreLayout layout, const StoreWriterOptions& options) {
  for (const fs::path& folder : {layout.blobs(), layout.records(), layout.temporary()}) TRY(make_folders(folder));
  StoreLock lock = TRY(StoreLock::acquire(layout.lock(), options.lock_patience));
  StoreTransaction transaction(std::move(layout), options, std::move(lock));
  if (transaction.lock_.interrupted()) {
    transaction.touched_ = true;  // until it is whole again
    TRY(transaction.recover());
    transaction.touched_ = false;
  }
  return transaction;
}

StoreTransaction::~StoreTransaction() {
  // A change that never began needs no recovery; a lock that cannot be cleared only costs the next writer a look.
  if (!touched_ && whole_) static_cast<void>(lock_.finished());
}

Status StoreTransaction::recover() {
  remove_files_in(layout_.temporary(), false);
  remove_files_in(layout_.records(), true);
  for (const std::string& name : TRY(list_records(layout_))) {
    auto record = read_record(layout_, name);
    // What is damaged is reported to whoever asks for that model; it must not keep others from being stored, nor the
    // model itself from being removed. The next writer tries again.
    if (!record || (*record && (*record)->pending && !carry_out(**record))) whole_ = false;
  }
  static_cast<void>(sweep());  // refuses when a record is damaged, and then nothing is deleted
  return {};
}

Result<VersionRecord> StoreTransaction::load(std::string_view name) const {
  auto found = TRY(read_record(layout_, name));
  VersionRecord record = found ? std::move(*found) : VersionRecord{};
  record.name = name;
  if (record.pending) return record;
  if (!is_plain_file(layout_.plain(FileKind::kWeights, name))) return record;
  if (record.versions.empty()) {
    RecordedVersion adopted;
    adopted.number = adopted_number(layout_, name, record.next_number);
    adopted.created = modified_at(layout_.plain(FileKind::kWeights, name));
    record.next_number = adopted.number + 1;
    record.versions.push_back(std::move(adopted));
  }
  TRY(take_plain_files(layout_, name, record.versions.back()));
  return record;
}

Status StoreTransaction::secure(VersionRecord& record) {
  if (record.versions.empty() || record.pending) return {};
  RecordedVersion& version = record.versions.back();
  for (const FileKind kind : kFileKinds) {
    const FileDigest* digest = version.file(kind);
    const fs::path file = layout_.plain(kind, record.name);
    if (digest == nullptr || is_plain_file(layout_.blob(kind, digest->sha256)) || !is_plain_file(file)) continue;
    StagedFile copy = TRY(StagedFile::copy(file, layout_));
    set_digest(version, kind, copy.digest());
    TRY(keep(copy, kind));
  }
  return {};
}

Status StoreTransaction::keep(StagedFile& file, FileKind kind) {
  touched_ = true;
  TRY(file.keep(kind, layout_));
  step(fmt::format("kept {}", file_extension(kind)));
  return {};
}

Status StoreTransaction::commit(VersionRecord& record, std::string_view action, std::vector<LoggedVersion> versions) {
  touched_ = true;
  if (record.pending) TRY(append_log(layout_.log(), *record.pending));
  ++record.revision;
  record.pending =
      LogEntry{iso8601(options_.clock->wall()), std::string(action), record.name, record.revision, std::move(versions)};
  TRY(write_record(record));
  step("committed");
  const Status carried_out = carry_out(record);
  if (carried_out) return {};
  return fail(carried_out.error().with_context(
      fmt::format("the change of '{}' stands, but weights/, metadata/ and configs/ could not be brought up to date; "
                  "the next change of the store tries again",
                  record.name)));
}

Status StoreTransaction::carry_out(VersionRecord& record) {
  // Weights first: a model without its config is easier to notice than a config without its model.
  for (const FileKind kind : {FileKind::kWeights, FileKind::kConfig, FileKind::kMetadata}) TRY(show(kind, record));
  TRY(append_log(layout_.log(), *record.pending));
  step("logged");
  record.pending.reset();
  TRY(write_record(record));
  step("settled");
  return {};
}

Status StoreTransaction::show(FileKind kind, const VersionRecord& record) {
  const RecordedVersion* latest = record.latest();
  const FileDigest* digest = latest == nullptr ? nullptr : latest->file(kind);
  if (digest != nullptr) {
    TRY(publish_file(kind, record.name, *digest, layout_));
  } else {
    TRY(withdraw_file(kind, record.name, layout_));
  }
  step(fmt::format("showed {}", file_extension(kind)));
  return {};
}

Status StoreTransaction::write_record(const VersionRecord& record) {
  return write_file_atomic(layout_.record(record.name), format_record(record));
}

Result<std::uint64_t> StoreTransaction::sweep() {
  const std::uint64_t freed = TRY(sweep_blobs(layout_));
  step("swept");
  return freed;
}

Status StoreTransaction::end() {
  if (whole_) TRY(lock_.finished());
  touched_ = false;
  step("ended");
  return {};
}

void StoreTransaction::step(std::string_view what) const {
  if (options_.after_step) options_.after_step(what);
}

}  // namespace tandem
