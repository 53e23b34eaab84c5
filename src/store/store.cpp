// SPDX-License-Identifier: Apache-2.0
// Lists and finds the models of a store folder; nothing outside the folder is ever named.
#include "store/store.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace tandem {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kWeightsExtension = ".onnx";

/// What stands in weights/: models, and sentences about what is none.
struct Listing {
  std::vector<StoreEntry> entries;
  std::vector<std::string> problems;
};

/// The path when a regular file lies there that is no link to another place; else empty.
fs::path existing(const fs::path& folder, const std::string& file) {
  std::error_code error;
  return fs::is_regular_file(fs::symlink_status(folder / file, error)) ? folder / file : fs::path();
}

/// Why the file in weights/ is no model of the store; nothing when it is one.
Status check_weights_file(const fs::directory_entry& file) {
  const std::string name = file.path().filename().string();
  std::error_code error;
  if (file.is_symlink(error)) {
    return invalid_argument(fmt::format("weights/{}: links are not followed; put the file itself there", name));
  }
  if (!file.is_regular_file(error)) return invalid_argument(fmt::format("weights/{}: not a file", name));
  if (file.path().extension() != kWeightsExtension) {
    return invalid_argument(fmt::format("weights/{}: expected a {} file", name, kWeightsExtension));
  }
  const auto parsed = ModelName::parse(file.path().stem().string());
  if (!parsed) return fail(parsed.error().with_context("weights/" + name));
  return {};
}

StoreEntry make_entry(const fs::path& folder, const std::string& name) {
  return {name, folder / "weights" / (name + std::string(kWeightsExtension)),
          existing(folder / "metadata", name + ".json"), existing(folder / "configs", name + ".yaml")};
}

Result<Listing> read_listing(const fs::path& folder) {
  Listing listing;
  std::error_code error;
  fs::directory_iterator files(folder / "weights", error);
  for (; !error && files != fs::directory_iterator(); files.increment(error)) {
    const fs::directory_entry& file = *files;
    const Status fits = check_weights_file(file);
    if (fits) {
      listing.entries.push_back(make_entry(folder, file.path().stem().string()));
    } else {
      listing.problems.push_back(fits.error().message);
    }
  }
  if (error) {
    return fail(Code::kUnavailable, fmt::format("the store's folder {} cannot be read: {}",
                                                (folder / "weights").string(), error.message()));
  }
  std::sort(listing.entries.begin(), listing.entries.end(),
            [](const StoreEntry& a, const StoreEntry& b) { return a.name < b.name; });
  std::sort(listing.problems.begin(), listing.problems.end());
  return listing;
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

Result<StoreEntry> Store::find(std::string_view name) const {
  TRY(ModelName::parse(name));  // has no '/', no '..', no NUL
  const std::vector<StoreEntry> entries = TRY(list());
  std::vector<std::string> names;
  for (const StoreEntry& entry : entries) {
    if (entry.name == name) return entry;
    names.push_back(entry.name);
  }
  return not_found(fmt::format("the store {} has no model '{}'; it has {}", folder_.string(), name,
                               names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
}

}  // namespace tandem
