// SPDX-License-Identifier: Apache-2.0
// Store: a folder with weights/, metadata/ and configs/, one model a name (R1.1); here it is read.
#pragma once

#include <compare>
#include <filesystem>
#include <string>
#include <string_view>
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

/// One model of a store. The files of weights exist; metadata and config may be missing (empty paths).
struct StoreEntry {
  std::string name;                // the file's stem
  std::filesystem::path weights;   // weights/NAME.onnx
  std::filesystem::path metadata;  // metadata/NAME.json
  std::filesystem::path config;    // configs/NAME.yaml
};

/// A store on disk. Every call looks at the disk anew. Thread-safe.
class Store final {
 public:
  /// Errors: not_found or invalid_argument when `folder` is no store (it has no weights/ folder).
  static Result<Store> open(const std::filesystem::path& folder);

  const std::filesystem::path& folder() const { return folder_; }

  /// All models, by name. Files whose names break the rule are left out; see problems().
  Result<std::vector<StoreEntry>> list() const;

  /// One sentence for each file that list() leaves out.
  std::vector<std::string> problems() const;

  /// Errors: not_found, naming what there is; invalid_argument for names that leave the folder.
  Result<StoreEntry> find(std::string_view name) const;

 private:
  explicit Store(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::filesystem::path folder_;
};

/// What the metadata file says, as far as other parts need it; unknown members are kept in `json`.
struct ModelMetadata {
  std::string version = "1";
  std::string description;
  std::string json;  // the whole document
};
/// Reads metadata/NAME.json. Errors: not_found, invalid_argument (not JSON, wrong types).
Result<ModelMetadata> read_metadata(const std::filesystem::path& file);

}  // namespace tandem
