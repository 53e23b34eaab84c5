// SPDX-License-Identifier: Apache-2.0
// Lists and finds the models of a store folder; nothing outside the folder is ever named.
#include "store/store.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>

#include "store/store_layout.h"
#include "store/version_record.h"
#include "store/versioned_name.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

/// Several models that run as one: a text, put there by hand; the store keeps no versions of it.
constexpr std::string_view kEnsembleExtension = ".ensemble";

/// What stands in weights/: models, and sentences about what is none.
struct Listing {
  std::vector<StoreEntry> entries;
  std::vector<std::string> problems;
};

/// Why the file in weights/ is no model of the store; nothing when it is one.
Status check_weights_file(const fs::directory_entry& file) {
  const std::string name = file.path().filename().string();
  std::error_code error;
  if (file.is_symlink(error)) {
    return invalid_argument(fmt::format("weights/{}: links are not followed; put the file itself there", name));
  }
  if (!file.is_regular_file(error)) return invalid_argument(fmt::format("weights/{}: not a file", name));
  const std::string extension = file.path().extension().string();
  if (extension != file_extension(FileKind::kWeights) && extension != kEnsembleExtension) {
    return invalid_argument(fmt::format("weights/{}: expected a {} file, or an {} file", name,
                                        file_extension(FileKind::kWeights), kEnsembleExtension));
  }
  const auto parsed = ModelName::parse(file.path().stem().string());
  if (!parsed) return fail(parsed.error().with_context("weights/" + name));
  return {};
}

/// What stands in weights/ under this name: NAME.onnx, else NAME.ensemble; nothing: neither.
std::optional<fs::path> shown_weights(const StoreLayout& layout, const std::string& name) {
  const fs::path weights = layout.plain(FileKind::kWeights, name);
  if (is_plain_file(weights)) return weights;
  const fs::path ensemble = layout.plain_folder(FileKind::kWeights) / fmt::format("{}{}", name, kEnsembleExtension);
  if (is_plain_file(ensemble)) return ensemble;
  return std::nullopt;
}

/// `weights` is what is shown under the name. `record` null: there is none.
StoreEntry plain_entry(const StoreLayout& layout, const std::string& name, fs::path weights,
                       const VersionRecord* record) {
  const auto existing = [&](FileKind kind) {
    const fs::path file = layout.plain(kind, name);
    return is_plain_file(file) ? file : fs::path();
  };
  StoreEntry entry{name, std::move(weights), existing(FileKind::kMetadata), existing(FileKind::kConfig)};
  if (record != nullptr) {
    entry.version = record->latest() == nullptr ? 0 : record->latest()->number;
    entry.revision = record->revision;
  }
  return entry;
}

Result<StoreEntry> blob_entry(const StoreLayout& layout, const VersionRecord& record, const RecordedVersion& version) {
  StoreEntry entry;
  entry.name = record.name;
  entry.version = version.number;
  entry.revision = record.revision;
  entry.fixed = true;
  for (const FileKind kind : kFileKinds) {
    const FileDigest* digest = version.file(kind);
    if (digest == nullptr) continue;
    const fs::path blob = layout.blob(kind, digest->sha256);
    if (!is_plain_file(blob)) {
      return fail(Code::kDataLoss, fmt::format("version {} of '{}' has lost a file: {} is missing; restore it from a "
                                               "backup, or remove that version",
                                               version.number, record.name, blob.string()));
    }
    (kind == FileKind::kWeights ? entry.weights : kind == FileKind::kMetadata ? entry.metadata : entry.config) = blob;
  }
  return entry;
}

std::string numbers_of(const VersionRecord& record) {
  std::vector<int> numbers;
  for (const RecordedVersion& version : record.versions) numbers.push_back(version.number);
  return numbers.empty() ? "none" : fmt::format("{}", fmt::join(numbers, ", "));
}

/// Of a model whose only version is what stands in weights/: its metadata's number is asked.
bool is_version_of_plain_files(const StoreEntry& entry, int number) {
  if (entry.metadata.empty()) return number == 1;
  const auto metadata = read_metadata(entry.metadata);
  return metadata && metadata->version == std::to_string(number);
}

/// Nothing: there is no such model. `number` absent: the current version.
Result<std::optional<StoreEntry>> look_up(const StoreLayout& layout, const std::string& name,
                                          std::optional<int> number) {
  const std::optional<VersionRecord> record = TRY(read_record(layout, name));
  const RecordedVersion* latest = record ? record->latest() : nullptr;
  // While a change is pending, the files in weights/, metadata/ and configs/ may be of different versions.
  const bool pending = record && record->pending;
  const std::optional<fs::path> shown = pending ? std::nullopt : shown_weights(layout, name);
  if (latest == nullptr) {
    if (!shown) return std::nullopt;
    StoreEntry entry = plain_entry(layout, name, *shown, record ? &*record : nullptr);
    if (number && !is_version_of_plain_files(entry, *number)) return std::nullopt;
    return entry;
  }
  const RecordedVersion* wanted = number ? record->find(*number) : latest;
  if (wanted == nullptr) return std::nullopt;
  if (wanted == latest && shown) return plain_entry(layout, name, *shown, &*record);
  if (!number && !pending) return std::nullopt;  // a person took it out of weights/
  return TRY(blob_entry(layout, *record, *wanted));
}

/// The names in weights/, and those that an unfinished change will bring there.
Result<std::set<std::string>> read_names(const StoreLayout& layout, std::vector<std::string>& problems) {
  std::set<std::string> names;
  std::error_code error;
  fs::directory_iterator files(layout.plain_folder(FileKind::kWeights), error);
  for (; !error && files != fs::directory_iterator(); files.increment(error)) {
    const fs::directory_entry& file = *files;
    if (file.path().filename().string().starts_with('.')) continue;
    const Status fits = check_weights_file(file);
    if (fits) {
      names.insert(file.path().stem().string());
    } else {
      problems.push_back(fits.error().message);
    }
  }
  if (error) {
    return fail(Code::kUnavailable, fmt::format("the store's folder {} cannot be read: {}",
                                                layout.plain_folder(FileKind::kWeights).string(), error.message()));
  }
  for (std::string& name : TRY(list_records(layout))) {
    const auto record = read_record(layout, name);
    if (record && *record && (*record)->pending) names.insert(std::move(name));
  }
  return names;
}

Result<Listing> read_listing(const fs::path& folder) {
  const StoreLayout layout{folder};
  Listing listing;
  for (const std::string& name : TRY(read_names(layout, listing.problems))) {
    auto entry = look_up(layout, name, std::nullopt);
    if (entry && *entry) listing.entries.push_back(std::move(**entry));
    if (!entry) listing.problems.push_back(entry.error().message);
  }
  std::sort(listing.problems.begin(), listing.problems.end());
  return listing;
}

std::string describe_closest(std::string_view text, const std::vector<StoreEntry>& entries) {
  if (entries.empty()) return "it has none";
  std::vector<std::string> names;
  for (const StoreEntry& entry : entries) names.push_back(entry.name);
  const std::size_t count = names.size();
  const std::vector<std::string> closest = closest_names(text, std::move(names));
  if (closest.size() == count) return fmt::format("it has {}", fmt::join(closest, ", "));
  return fmt::format("of its {} models the closest are {}", count, fmt::join(closest, ", "));
}

}  // namespace

Result<Store> Store::open(const fs::path& folder) {
  std::error_code error;
  if (!fs::exists(folder, error)) return not_found(fmt::format("there is no store folder {}", folder.string()));
  if (!fs::is_directory(folder / "weights", error)) {
    return invalid_argument(fmt::format("{} is no store: it has no folder weights/", folder.string()));
  }
  return Store(folder);
}

Result<std::vector<StoreEntry>> Store::list() const { return TRY(read_listing(folder_)).entries; }

std::vector<std::string> Store::problems() const {
  auto listing = read_listing(folder_);
  if (!listing) return {listing.error().message};
  return std::move(listing->problems);
}

Result<StoreEntry> Store::find(std::string_view versioned_name) const {
  const VersionedName wanted = TRY(VersionedName::parse(versioned_name));  // has no '/', no '..', no NUL
  const StoreLayout layout{folder_};
  if (auto entry = TRY(look_up(layout, wanted.name, wanted.version))) return std::move(*entry);
  const std::optional<VersionRecord> record = TRY(read_record(layout, wanted.name));
  if (record && record->latest() != nullptr) {
    return not_found(
        wanted.version
            ? fmt::format("model '{}' has no version {}; it has {}", wanted.name, *wanted.version, numbers_of(*record))
            : fmt::format("model '{}' is no longer in {}; its older versions are kept: {} (as {}@{})", wanted.name,
                          layout.plain_folder(FileKind::kWeights).string(), numbers_of(*record), wanted.name,
                          record->latest()->number));
  }
  if (wanted.version && shown_weights(layout, wanted.name)) {
    return not_found(
        fmt::format("model '{}' has no version {}; it has only what stands in weights/", wanted.name, *wanted.version));
  }
  const std::vector<StoreEntry> entries = TRY(list());
  return not_found(fmt::format("the store {} has no model '{}'; {}", folder_.string(), wanted.name,
                               describe_closest(wanted.name, entries)));
}

Result<std::vector<StoreVersion>> Store::versions(std::string_view name) const {
  const VersionedName wanted = TRY(VersionedName::parse(name));
  const std::optional<VersionRecord> record = TRY(read_record({folder_}, wanted.name));
  std::vector<StoreVersion> versions;
  if (!record || record->versions.empty()) {
    TRY(find(wanted.name));
    return versions;
  }
  for (const RecordedVersion& version : record->versions) {
    versions.push_back({version.number, version.created, version.weights.sha256, version.weights.bytes,
                        version.number == record->latest()->number});
  }
  return versions;
}

bool Store::unchanged(const StoreEntry& entry) const {
  if (entry.fixed) return true;
  const auto record = read_record({folder_}, entry.name);
  if (!record) return false;
  if (!*record) return entry.revision == 0;
  return !(*record)->pending && (*record)->revision == entry.revision;
}

}  // namespace tandem
