// SPDX-License-Identifier: Apache-2.0
// The verbs `store add` and `store golden`, called as a person would call them.
#include "app/convert/store_conversion.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "app/store/store_add.h"
#include "app/store/store_golden.h"
#include "base/bytes.h"
#include "base/file.h"
#include "formats/npz_writer.h"
#include "store/store.h"
#include "store/store_writer.h"

namespace tandem::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// What the store keeps of where a model comes from.
std::string metadata_text(const convert::ConversionOutcome& outcome) {
  const std::string source = outcome.source.filename().string();
  Json facts = Json::object();
  for (const auto& [key, value] : outcome.conversion.facts) facts[key] = value;
  Json conversion = {{"source", source},
                     {"source_sha256", outcome.source_sha256},
                     {"source_format", outcome.format},
                     {"source_framework", outcome.framework},
                     {"tandem", TANDEM_VERSION},
                     {"network", outcome.conversion.network},
                     {"facts", facts}};
  if (!outcome.check.parity.empty()) {
    conversion["checked_against"] = outcome.check.against;
    conversion["max_error"] = convert::largest_error(outcome.check);
  }
  const Json document = {{"description", fmt::format("{} converted from {}", outcome.conversion.network, source)},
                         {"conversion", conversion}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace);
}

/// The golden vector of the model; "" when there is nothing to try it on.
Result<fs::path> add_golden(const Context& context, const convert::ModelFacts& model, const StoreGoldenFlags& wanted,
                            const fs::path& folder) {
  StoreGoldenFlags flags = wanted;
  if (flags.inputs.empty()) {
    if (model.sample.empty()) return fs::path();
    const fs::path sample = folder / "sample.npz";
    const std::vector<std::byte> bytes = TRY(write_npz(model.sample));
    TRY(write_file_atomic(sample, as_text(bytes)));
    flags.inputs = {sample.string()};
  }
  return keep_golden(context, flags);
}

Result<StoredModel> add_one(const Context& context, const fs::path& file, const std::string& store,
                            const fs::path& metadata) {
  StoreAddFlags flags;
  flags.file = file.string();
  flags.store = store;
  flags.name = file.stem().string();
  flags.metadata = metadata.string();
  const Added added = TRY(add_file(context, flags));
  return StoredModel{added.name, added.version, {}};
}

Status add_all(const Context& context, const convert::ConversionOutcome& outcome, const StoreGoldenFlags& golden,
               std::vector<StoredModel>& stored) {
  const fs::path folder = outcome.files.front().parent_path();
  const fs::path metadata = folder / "metadata.json";
  TRY(write_file_atomic(metadata, metadata_text(outcome)));
  std::size_t model = 0;
  for (const fs::path& file : outcome.files) {
    if (file.extension() != ".onnx") continue;
    stored.push_back(TRY(add_one(context, file, golden.store, metadata)));
    StoreGoldenFlags flags = golden;
    flags.model = fmt::format("{}@{}", stored.back().name, stored.back().version);
    // A reference speaks of one model; of a network in parts it is not said which.
    if (outcome.models.size() == 1) {
      stored.back().golden = TRY(add_golden(context, outcome.models[model], flags, folder));
    }
    ++model;
  }
  return {};
}

void take_out(const std::vector<StoredModel>& stored, const std::string& store) {
  auto writer = StoreWriter::open(store);
  if (!writer) return;  // the error that is on its way says more
  for (const StoredModel& model : stored) {
    const auto removed = writer->remove(fmt::format("{}@{}", model.name, model.version));
    if (!removed) return;
  }
}

}  // namespace

Result<std::string> store_name(const std::string& as, const fs::path& checkpoint) {
  if (!as.empty()) return TRY(ModelName::parse(as)).text();
  const std::string stem = checkpoint.stem().string();
  if (ModelName::parse(stem)) return stem;
  return invalid_argument(fmt::format(
      "'{}' is no name that a model of a store may have ({{task}}_{{architecture}}_{{dataset}}_{{YYYYMMDD}}); give one "
      "with --as",
      stem));
}

Result<std::vector<StoredModel>> store_conversion(const Context& context, const convert::ConversionOutcome& outcome,
                                                  const std::string& store, const fs::path& reference) {
  for (const fs::path& file : outcome.files) {
    if (file.extension() == ".data") {
      return invalid_argument(
          "the model is above 2 GiB and has its weights in a second file; a store takes models of one file");
    }
  }
  StoreGoldenFlags golden;
  golden.store = store;
  if (!reference.empty()) golden.inputs = {reference.string()};
  std::vector<StoredModel> stored;
  const Status added = add_all(context, outcome, golden, stored);
  if (added) return stored;
  take_out(stored, store);
  return fail(added.error());
}

}  // namespace tandem::app
