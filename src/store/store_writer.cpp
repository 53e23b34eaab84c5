// SPDX-License-Identifier: Apache-2.0
// Adding and removing, each as one transaction.
#include "store/store_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/file.h"
#include "store/metadata_document.h"
#include "store/store.h"
#include "store/store_files.h"
#include "store/store_transaction.h"
#include "store/version_record.h"
#include "store/versioned_name.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxConfigBytes = 1 << 20;

/// The config of the latest version, as a person may have edited it; "" when there is none.
Result<std::string> current_config(const StoreLayout& layout, const VersionRecord& record) {
  const RecordedVersion* latest = record.latest();
  if (latest == nullptr || !latest->config) return std::string();
  const fs::path plain = layout.plain(FileKind::kConfig, record.name);
  const bool shown = !record.pending && is_plain_file(plain);
  return read_file(shown ? plain : layout.blob(FileKind::kConfig, latest->config->sha256), kMaxConfigBytes);
}

Result<Candidate> make_candidate(const AddRequest& request, const StoreLayout& layout, const StagedFile& weights,
                                 const VersionRecord& record) {
  Candidate candidate{weights.path(), weights.digest(), record.next_number, {}, 0};
  candidate.config = request.config ? *request.config : TRY(current_config(layout, record));
  if (!request.config && !candidate.config.empty()) candidate.config_from = record.latest()->number;
  return candidate;
}

int newest_with(const VersionRecord& record, const FileDigest& weights) {
  const auto same = std::find_if(record.versions.rbegin(), record.versions.rend(),
                                 [&](const RecordedVersion& version) { return version.weights == weights; });
  return same == record.versions.rend() ? 0 : same->number;
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
  const std::string described = TRY(request.describe(candidate));
  const std::string created = iso8601(options_.clock->wall());
  const std::string metadata =
      TRY(make_metadata(request.metadata, described, {name, candidate.version, created, candidate.digest}));

  const Added added{request.name, candidate.version, candidate.digest, candidate.config_from,
                    newest_with(record, candidate.digest)};
  RecordedVersion version{candidate.version, created, candidate.digest, {}, {}};
  TRY(transaction.secure(record));
  TRY(transaction.keep(weights, FileKind::kWeights));
  StagedFile document = TRY(StagedFile::write(metadata, layout_));
  version.metadata = document.digest();
  TRY(transaction.keep(document, FileKind::kMetadata));
  if (!candidate.config.empty()) {
    StagedFile config = TRY(StagedFile::write(candidate.config, layout_));
    version.config = config.digest();
    TRY(transaction.keep(config, FileKind::kConfig));
  }
  record.versions.push_back(std::move(version));
  record.next_number = candidate.version + 1;
  TRY(transaction.commit(record, "add", {{candidate.version, candidate.digest.sha256}}));
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
