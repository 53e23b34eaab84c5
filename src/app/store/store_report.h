// SPDX-License-Identifier: Apache-2.0
// The models of a store as a table, and one of them in full.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "store/comparison.h"
#include "store/store.h"

namespace tandem::app {

/// One line of `tandem store list`.
struct StoreRow {
  std::string name;
  std::string version;       // what the metadata says
  std::size_t versions = 0;  // that are kept; 0: of a model that was only put into weights/
  std::string task;
  std::uint64_t size_bytes = 0;
  std::string precision;  // "" when neither config nor metadata says
  std::optional<HeadlineAccuracy> accuracy;
  std::string description;
};

/// Metadata or config that cannot be read leave their columns empty, with a sentence in `problem`.
StoreRow make_row(const Store& store, const StoreEntry& entry, std::string& problem);

/// One line a model, below a heading; then one a problem.
std::string rows_as_text(const std::vector<StoreRow>& rows, const std::vector<std::string>& problems,
                         const std::filesystem::path& store);
std::string rows_as_json(const std::vector<StoreRow>& rows, const std::vector<std::string>& problems,
                         const std::filesystem::path& store);

/// One version of one model, with everything that is known of it.
struct StoreCard {
  StoreEntry entry;
  std::uint64_t size_bytes = 0;
  std::string metadata;  // the JSON document; "{}" when there is none
  std::string config;    // the YAML text; "" when there is none
  std::vector<StoreVersion> versions;
};
/// Errors: those of reading its files.
Result<StoreCard> make_card(const Store& store, const StoreEntry& entry);

std::string card_as_text(const StoreCard& card);
std::string card_as_json(const StoreCard& card);

/// "accuracy 0.9972 (scikit-learn digits, 360)".
std::string accuracy_text(const HeadlineAccuracy& accuracy);

}  // namespace tandem::app
