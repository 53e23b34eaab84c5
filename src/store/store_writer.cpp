// SPDX-License-Identifier: Apache-2.0
// Adding and removing, each as one transaction.
#include "store/store_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/file.h"
#include "store/metadata_document.h"
#include "store/side_files.h"
#include "store/store.h"
#include "store/store_files.h"
#include "store/store_transaction.h"
#include "store/version_record.h"
#include "store/versioned_name.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxTextBytes = 4 << 20;

/// A file of a version that the record has, the latest one as a person may have edited it; "" when there is none.
Result<std::string> read_version_file(const StoreLayout& layout, const VersionRecord& record,
                                      const RecordedVersion& version, FileKind kind) {
  const FileDigest* digest = version.file(kind);
  if (digest == nullptr) return std::string();
  const fs::path plain = layout.plain(kind, record.name);
  const bool shown = &version == record.latest() && !record.pending && is_plain_file(plain);
  return read_file(shown ? plain : layout.blob(kind, digest->sha256), kMaxTextBytes);
}

Result<Candidate> make_candidate(const AddRequest& request, const StoreLayout& layout, const StagedFile& weights,
                                 const VersionRecord& record) {
  Candidate candidate{weights.path(), weights.digest(), record.next_number, {}, 0};
  const RecordedVersion* latest = record.latest();
  if (request.config) candidate.config = *request.config;
  if (!request.config && latest != nullptr) {
    candidate.config = TRY(read_version_file(layout, record, *latest, FileKind::kConfig));
  }
  if (!request.config && !candidate.config.empty()) candidate.config_from = record.latest()->number;
  return candidate;
}

/// Null when no version has the weights.
const RecordedVersion* newest_with(const VersionRecord& record, const FileDigest& weights) {
  const auto same = std::find_if(record.versions.rbegin(), record.versions.rend(),
                                 [&](const RecordedVersion& version) { return version.weights == weights; });
  return same == record.versions.rend() ? nullptr : &*same;
}

/// The request's, else that of an older version with the same weights, for what was measured on them still holds.
Result<std::string> given_metadata(const AddRequest& request, const StoreLayout& layout, const VersionRecord& record,
                                   Added& added) {
  const RecordedVersion* same = newest_with(record, added.weights);
  if (same != nullptr) added.same_weights_as = same->number;
  if (!request.metadata.empty() || same == nullptr) return request.metadata;
  std::string inherited = TRY(read_version_file(layout, record, *same, FileKind::kMetadata));
  if (!inherited.empty()) added.metadata_from = same->number;
  return inherited;
}

Result<FileDigest> keep_text(StoreTransaction& transaction, std::string_view text, FileKind kind) {
  StagedFile file = TRY(StagedFile::write(text, transaction.layout()));
  const FileDigest digest = file.digest();
  TRY(transaction.keep(file, kind));
  return digest;
}

Status check_room(const VersionRecord& record) {
  if (record.versions.size() < kMaxVersions && record.next_number < kMaxVersionNumber) return {};
  return fail(Code::kResourceExhausted,
              fmt::format("'{}' has {} versions, which is the limit; remove old ones with NAME@n", record.name,
                          record.versions.size()));
}

/// Takes the named version out, or all; returns those that went.
Result<std::vector<LoggedVersion>> take_versions(VersionRecord& record, const VersionedName& wanted,
                                                 const StoreLayout& layout) {
  std::vector<LoggedVersion> taken;
  std::erase_if(record.versions, [&](const RecordedVersion& version) {
    const bool chosen = !wanted.version || version.number == *wanted.version;
    if (chosen) taken.push_back({version.number, version.weights.sha256});
    return chosen;
  });
  if (!taken.empty()) return taken;
  const auto found = TRY(Store::open(layout.folder)).find(wanted.text());
  return fail(found ? Error{Code::kNotFound, fmt::format("'{}' is not in the store", wanted.text())} : found.error());
}

/// The golden vector of a model without versions is that of the version it was taken in as, the one before the newest.
void adopt_golden(const StoreLayout& layout, const VersionRecord& record) {
  if (record.versions.size() < 2) return;
  std::error_code error;  // without it the version has no golden vector, which its index says
  fs::rename(golden_file(layout.folder, record.name, 0),
             golden_file(layout.folder, record.name, record.versions.rbegin()[1].number), error);
}

}  // namespace

Result<StoreWriter> StoreWriter::open(const fs::path& folder, StoreWriterOptions options) {
  TRY(Store::open(folder));
  return StoreWriter(StoreLayout{folder}, std::move(options));
}

Result<bool> StoreWriter::create(const fs::path& folder) {
  if (Store::open(folder)) return false;
  std::error_code error;
  if (fs::exists(folder, error) && !(fs::is_directory(folder, error) && fs::is_empty(folder, error))) {
    return invalid_argument(fmt::format(
        "{} is there and is no store: it has no folder weights/; name a store, or a folder that is new or empty",
        folder.string()));
  }
  const fs::path above = fs::absolute(folder, error).lexically_normal().parent_path();
  if (!fs::is_directory(above, error)) {
    return not_found(
        fmt::format("there is no folder {} in which to make the store {}", above.string(), folder.string()));
  }
  const StoreLayout layout{folder};
  for (const FileKind kind : kFileKinds) TRY(make_folders(layout.plain_folder(kind)));
  return true;
}

Result<Added> StoreWriter::add(const AddRequest& request) {
  const ModelName name = TRY(ModelName::parse(request.name));
  StoreTransaction transaction = TRY(StoreTransaction::begin(layout_, options_));
  StagedFile weights = TRY(StagedFile::copy(request.file, layout_, request.progress));
  VersionRecord record = TRY(transaction.load(request.name));
  TRY(check_room(record));

  const Candidate candidate = TRY(make_candidate(request, layout_, weights, record));
  Added added{request.name, candidate.version, candidate.digest, candidate.config_from, 0, 0};
  const std::string given = TRY(given_metadata(request, layout_, record, added));
  const std::string described = TRY(request.describe(candidate));
  const std::string created = iso8601(options_.clock->wall());
  const std::string metadata = TRY(make_metadata(given, described, {name, added.version, created, added.weights}));

  TRY(transaction.secure(record));
  record.versions.push_back({added.version, created, added.weights, {}, {}});
  record.next_number = added.version + 1;
  TRY(transaction.keep(weights, FileKind::kWeights));
  record.versions.back().metadata = TRY(keep_text(transaction, metadata, FileKind::kMetadata));
  if (!candidate.config.empty()) {
    record.versions.back().config = TRY(keep_text(transaction, candidate.config, FileKind::kConfig));
  }
  TRY(transaction.commit(record, "add", {{added.version, added.weights.sha256}}));
  adopt_golden(layout_, record);
  TRY(transaction.end());
  return added;
}

Result<Removed> StoreWriter::remove(std::string_view versioned_name) {
  const VersionedName wanted = TRY(VersionedName::parse(versioned_name));
  StoreTransaction transaction = TRY(StoreTransaction::begin(layout_, options_));
  VersionRecord record = TRY(transaction.load(wanted.name));
  const bool current_stays = wanted.version && record.latest() != nullptr && record.latest()->number != *wanted.version;
  if (current_stays && record.find(*wanted.version) != nullptr) TRY(transaction.secure(record));
  const std::vector<LoggedVersion> taken = TRY(take_versions(record, wanted, layout_));

  Removed removed{wanted.name, {}, record.versions.empty() ? 0 : record.latest()->number, 0};
  for (const LoggedVersion& version : taken) removed.versions.push_back(version.number);
  TRY(transaction.commit(record, "remove", taken));
  for (const int version : removed.versions) {
    std::error_code error;  // a golden vector without its version is of no use and does no harm
    fs::remove(golden_file(layout_.folder, wanted.name, version), error);
  }
  const auto freed = transaction.sweep();
  if (!freed) {
    return fail(freed.error().with_context(fmt::format(
        "'{}' is removed, but its files are kept until it is known that nothing else needs them", wanted.text())));
  }
  removed.freed_bytes = *freed;
  TRY(transaction.end());
  return removed;
}

}  // namespace tandem
