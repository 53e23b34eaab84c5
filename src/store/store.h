// SPDX-License-Identifier: Apache-2.0
// Store: a folder with weights/, metadata/ and configs/, one model a name (R1.1); here it is read, without a lock.
#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace tandem {

/// {task}_{architecture}_{dataset}_{YYYYMMDD}. Fields are lower-case letters and digits in groups joined by '-'; the
/// task and the architecture may also contain '_' (face_detection, faster_rcnn) and are then recognized from the known
/// lists.
struct ModelName {
  std::string task;
  std::string architecture;
  std::string dataset;
  std::string date;  // "20261121", a real calendar date

  /// Errors: invalid_argument with the part that is wrong and what is allowed.
  static Result<ModelName> parse(std::string_view text);
  std::string text() const;
  friend auto operator<=>(const ModelName&, const ModelName&) = default;
};

/// One model of a store. The file of weights exists; metadata and config may be missing (empty paths).
struct StoreEntry {
  std::string name;                // without a version
  std::filesystem::path weights;   // weights/NAME.onnx or NAME.ensemble, or the blob of an older version
  std::filesystem::path metadata;  // metadata/NAME.json
  std::filesystem::path config;    // configs/NAME.yaml
  int version = 0;                 // 0: the store keeps no versions of this model; its metadata may name one
  std::uint64_t revision = 0;      // of the record it was found by; 0: there is none
  bool fixed = false;              // the files never change: those of a version that is not shown in weights/
};

/// One version of a model.
struct StoreVersion {
  int number = 0;
  std::string created;  // ISO 8601, UTC
  std::string weights_sha256;
  std::uint64_t weights_bytes = 0;
  bool current = false;  // what the name alone means
};

/// A store on disk. Every call looks at the disk anew and takes no lock: a change by a writer is seen whole or not at
/// all. Thread-safe. A model may be named by NAME, or by NAME@n for a version.
class Store final {
 public:
  /// Errors: not_found or invalid_argument when `folder` is no store (it has no weights/ folder).
  static Result<Store> open(const std::filesystem::path& folder);

  const std::filesystem::path& folder() const { return folder_; }

  /// All models, by name, in their current version. Files whose names break the rule are left out; see problems().
  Result<std::vector<StoreEntry>> list() const;

  /// One sentence for each file that list() leaves out. Hidden files are passed over.
  std::vector<std::string> problems() const;

  /// Errors: not_found, naming what is most like it; invalid_argument for names that leave the folder; data_loss for a
  /// damaged record or a blob that is gone.
  Result<StoreEntry> find(std::string_view versioned_name) const;

  /// The versions of a model that the store keeps, oldest first; none for a model that was only put into weights/.
  /// Errors: as find.
  Result<std::vector<StoreVersion>> versions(std::string_view name) const;

  /// Whether no writer changed the model since it was found: its files, read meanwhile, belong together.
  bool unchanged(const StoreEntry& entry) const;

 private:
  explicit Store(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::filesystem::path folder_;
};

/// read(entry) of the model, again when a writer changed it meanwhile: weights, config and metadata that were read
/// belong to one version. Returns what read returned, a Result. Errors: those of find and read; aborted when the model
/// changed each of three times.
template <typename Read>
auto read_together(const Store& store, std::string_view versioned_name, Read read)
    -> decltype(read(std::declval<const StoreEntry&>())) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    const StoreEntry entry = TRY(store.find(versioned_name));
    auto result = read(entry);
    if (store.unchanged(entry)) return result;
  }
  return fail(Code::kAborted, "the model '" + std::string(versioned_name) + "' is being replaced; try again");
}

/// What the metadata file says, as far as other parts need it; unknown members are kept in `json`.
struct ModelMetadata {
  std::string version = "1";
  std::string description;
  std::string json;  // the whole document
};
/// Reads metadata/NAME.json. Errors: not_found, invalid_argument (not JSON, wrong types).
Result<ModelMetadata> read_metadata(const std::filesystem::path& file);

}  // namespace tandem
