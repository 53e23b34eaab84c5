// SPDX-License-Identifier: Apache-2.0
// Facts in rows for one checkpoint, a row a checkpoint for several.
#include "app/convert/convert_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/convert/fact_row.h"
#include "app/sizes.h"

namespace tandem::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using convert::ConversionOutcome;

/// At most a handful of names of a list that may have hundreds.
std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 8;
  const std::size_t shown = std::min(kShown, names.size());
  return fmt::format("{}{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                     names.size() > shown ? fmt::format(" and {} more", names.size() - shown) : "");
}

void print_models(const ConversionOutcome& outcome) {
  for (const convert::ModelFacts& model : outcome.models) {
    print_row("model", fmt::format("{}{} nodes, {} of weights, opset {}", model.part.empty() ? "" : model.part + ": ",
                                   model.nodes, size_text(model.weights_bytes), model.opset));
    for (const TensorSpec& input : model.inputs) print_row("  input", to_string(input));
    for (const TensorSpec& output : model.outputs) print_row("  output", to_string(output));
  }
}

void print_doubts(const ConversionOutcome& outcome) {
  const convert::Conversion& conversion = outcome.conversion;
  for (const std::string& warning : conversion.warnings) print_row("warning", warning);
  if (!conversion.missing.empty()) {
    print_row("zeros for",
              fmt::format("{} missing tensors: {}", conversion.missing.size(), some_of(conversion.missing)));
  }
  if (!conversion.unused.empty()) {
    print_row("not used", fmt::format("{} tensors: {}", conversion.unused.size(), some_of(conversion.unused)));
  }
  if (!outcome.foreign_globals.empty()) {
    print_row("code named", fmt::format("{} (not run; Python's pickle would)", some_of(outcome.foreign_globals)));
  }
}

void print_check(const ConversionOutcome& outcome) {
  print_row("checked", "ONNX Runtime loads and runs it");
  for (const convert::OutputParity& parity : outcome.check.parity) {
    print_row("verified", fmt::format("{}: differs by at most {:.2g} (of values up to {:.3g}) from {}", parity.output,
                                      parity.max_absolute, parity.largest, outcome.check.against));
  }
}

/// "PyTorch .pt2 of PyTorch 2.15.0"; the format alone where the file does not tell the version.
std::string origin(const ConversionOutcome& outcome) {
  const bool has_version = outcome.framework.find(' ') != std::string::npos;
  return has_version ? fmt::format("{} of {}", outcome.format, outcome.framework) : outcome.format;
}

std::uint64_t weights_bytes(const ConversionOutcome& outcome) {
  std::uint64_t bytes = 0;
  for (const convert::ModelFacts& model : outcome.models) bytes += model.weights_bytes;
  return bytes;
}

std::size_t nodes(const ConversionOutcome& outcome) {
  std::size_t count = 0;
  for (const convert::ModelFacts& model : outcome.models) count += model.nodes;
  return count;
}

Json parse(const std::string& text) { return Json::parse(text, nullptr, false); }

}  // namespace

void print_outcome(const ConversionOutcome& outcome, const std::vector<StoredModel>& stored, const std::string& store) {
  print_row("network", outcome.conversion.network);
  print_row("read from",
            fmt::format("{} ({}, {})", outcome.source.string(), origin(outcome), size_text(outcome.source_bytes)));
  for (const auto& [key, value] : outcome.conversion.facts) print_row(key, value);
  print_models(outcome);
  print_doubts(outcome);
  print_check(outcome);
  if (stored.empty()) {
    for (const fs::path& file : outcome.files) print_row("wrote", file.string());
  }
  for (const StoredModel& model : stored) {
    print_row("stored", fmt::format("{} version {} in {}{}", model.name, model.version, store,
                                    model.golden.empty() ? "" : ", with a golden vector"));
  }
  print_row("time", fmt::format("{:.2f} s", outcome.seconds));
}

std::string summary_table(const std::vector<ConvertedFile>& files) {
  std::size_t width = 4;
  std::size_t network_width = 7;
  for (const ConvertedFile& file : files) {
    width = std::max(width, file.checkpoint.filename().string().size());
    if (file.outcome) network_width = std::max(network_width, file.outcome->conversion.network.size());
  }
  std::string text = fmt::format("{:<{}}  {:<{}}  {:>6}  {:>10}  {:>9}  {:>7}\n", "file", width, "network",
                                 network_width, "nodes", "weights", "max error", "seconds");
  std::string errors;
  for (const ConvertedFile& file : files) {
    const std::string name = file.checkpoint.filename().string();
    if (!file.outcome) {
      text += fmt::format("{:<{}}  failed\n", name, width);
      errors += file.error + "\n";
      continue;
    }
    const ConversionOutcome& outcome = *file.outcome;
    text += fmt::format("{:<{}}  {:<{}}  {:>6}  {:>10}  {:>9}  {:>7.2f}\n", name, width, outcome.conversion.network,
                        network_width, nodes(outcome), size_text(weights_bytes(outcome)),
                        outcome.check.parity.empty() ? "-" : fmt::format("{:.1e}", largest_error(outcome.check)),
                        outcome.seconds);
  }
  return errors.empty() ? text : text + "\n" + errors;
}

std::string report_as_json(const ConversionOutcome& outcome, const std::vector<StoredModel>& stored,
                           const std::string& store) {
  Json document = parse(convert::outcome_as_json(outcome));
  if (!stored.empty()) {
    document["files"] = Json::array();  // they were on their way into the store
    document["store"] = store;
    document["stored"] = Json::array();
    for (const StoredModel& model : stored) {
      document["stored"].push_back({{"name", model.name},
                                    {"version", model.version},
                                    {"golden", model.golden.empty() ? Json(nullptr) : Json(model.golden.string())}});
    }
  }
  return document.dump(2, ' ', false, Json::error_handler_t::replace);
}

std::string reports_as_json(const std::vector<ConvertedFile>& files) {
  Json list = Json::array();
  for (const ConvertedFile& file : files) {
    list.push_back(file.outcome ? parse(convert::outcome_as_json(*file.outcome))
                                : Json({{"source", file.checkpoint.string()}, {"error", file.error}}));
  }
  return list.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tandem::app
