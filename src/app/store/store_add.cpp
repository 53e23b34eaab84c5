// SPDX-License-Identifier: Apache-2.0
// Checks first, then one call of the store's writer, then what came of it.
#include "app/store/store_add.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "app/convert/onnx_description.h"
#include "app/progress_bar.h"
#include "app/sizes.h"
#include "app/store/one_file.h"
#include "base/clock.h"
#include "base/file.h"
#include "engine/registry.h"
#include "graph/onnx_summary.h"
#include "pipeline/model_config.h"
#include "pipeline/pipeline.h"
#include "store/json_text.h"
#include "store/store.h"
#include "store/store_writer.h"

namespace tandem::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::uint64_t kMaxMetadataBytes = 4 << 20;
constexpr std::uint64_t kMaxConfigBytes = 256 << 10;

std::string today() { return fmt::format("{:%Y%m%d}", fmt::gmtime(system_clock().wall())); }

/// From the flags, else the file's own name.
Result<std::string> choose_name(const StoreAddFlags& flags) {
  if (!flags.name.empty()) return TRY(ModelName::parse(flags.name)).text();
  if (!flags.task.empty()) {
    const std::string date = flags.date.empty() ? today() : flags.date;
    return TRY(ModelName::parse(ModelName{flags.task, flags.architecture, flags.dataset, date}.text())).text();
  }
  const std::string stem = fs::path(flags.file).stem().string();
  if (ModelName::parse(stem)) return stem;
  return invalid_argument(fmt::format(
      "'{}' is no name that a model of a store may have ({{task}}_{{architecture}}_{{dataset}}_{{YYYYMMDD}}); "
      "give --name, or --task, --architecture and --dataset",
      stem));
}

/// The one that was named, else the one beside the file, as `tandem convert` writes it; "" when there is none.
std::string choose_config(const StoreAddFlags& flags) {
  if (!flags.config.empty()) return flags.config;
  const fs::path beside = fs::path(flags.file).replace_extension(".yaml");
  std::error_code error;
  return fs::exists(beside, error) ? beside.string() : std::string();
}

/// What was found out about the candidate beside what goes into its metadata.
struct Findings {
  std::string checked_with;  // "onnxruntime 1.31.1"; "" when no engine loaded it
  std::string not_checked;   // why not
};

Status check_config(const Candidate& candidate, const OnnxSummary& summary) {
  if (candidate.config.empty()) return {};
  ModelInfo info;
  info.inputs = summary.inputs;
  info.outputs = summary.outputs;
  auto config = parse_model_config(candidate.config);
  Status fits;
  if (!config) fits = fail(config.error());
  if (config) {
    if (const auto pipeline = Pipeline::create(std::move(*config), info); !pipeline) fits = fail(pipeline.error());
  }
  if (fits) return {};
  return fail(fits.error().with_context(
      candidate.config_from != 0
          ? fmt::format("the config of version {} does not fit this model; give one with --config",
                        candidate.config_from)
          : "the config"));
}

/// The engine of the config, else the first that takes ONNX; loading the model is the one sure check of opset,
/// operators and types against the runtime (R1.9).
Status check_loads(const Candidate& candidate, std::span<const std::byte> bytes, const EngineRegistry& engines,
                   Findings& findings) {
  const auto config = parse_model_config(candidate.config);
  const auto engine = config ? engines.find(config->engine) : engines.for_file("model.onnx");
  const Status available = engine ? (*engine)->available() : Status(fail(engine.error()));
  if (!available) {
    findings.not_checked = available.error().message;
    return {};
  }
  SessionOptions options;
  options.device = Device::kCpu;
  options.threads = 1;
  options.graph_optimization = GraphOptimization::kNone;
  const std::string name = fmt::format("{} {}", (*engine)->name(), (*engine)->version());
  if (const auto session = (*engine)->load_bytes(bytes, options); !session) {
    return fail(Code::kFailedPrecondition, fmt::format("{} cannot load the model: {}; --no-load stores it nevertheless",
                                                       name, session.error().message));
  }
  findings.checked_with = name;
  return {};
}

Result<std::string> describe_candidate(const Candidate& candidate, const EngineRegistry& engines, bool load,
                                       Findings& findings) {
  const MappedFile file = TRY(MappedFile::open(candidate.weights));
  const OnnxSummary summary = TRY(summarize_onnx(file.bytes()));
  TRY(check_config(candidate, summary));
  if (load) TRY(check_loads(candidate, file.bytes(), engines, findings));
  if (!load) findings.not_checked = "--no-load";
  return describe_onnx(summary, findings.checked_with);
}

Result<OneFile> open_model(const StoreAddFlags& flags) {
  const MappedFile file = TRY(MappedFile::open(flags.file));
  const auto summary = summarize_onnx(file.bytes());
  if (!summary) return fail(summary.error().with_context(flags.file));
  auto model = as_one_file(flags.file, *summary);
  if (!model) return fail(model.error().with_context(flags.file));
  return model;
}

Status read_texts(const StoreAddFlags& flags, AddRequest& request) {
  if (!flags.metadata.empty()) {
    request.metadata = TRY(read_file(flags.metadata, kMaxMetadataBytes));
    TRY(check_json_object(request.metadata, flags.metadata));
  }
  const std::string config = choose_config(flags);
  if (!config.empty()) request.config = TRY(read_file(config, kMaxConfigBytes));
  return {};
}

Result<Added> add_with_progress(const StoreAddFlags& flags, AddRequest request) {
  ProgressBar bar;
  request.progress = [&bar](std::uint64_t done, std::uint64_t total) {
    bar.show(total == 0 ? 1.0 : static_cast<double>(done) / static_cast<double>(total));
  };
  return TRY(StoreWriter::open(flags.store)).add(request);
}

struct Stored {
  Added added;
  Findings findings;
  bool taken_in = false;  // weights that lay in other files
  bool created = false;   // the store
};

/// Everything that can be wrong with the arguments is found before a store is made for them.
Result<Stored> add_checked(const Context& context, const StoreAddFlags& flags) {
  AddRequest request;
  request.name = TRY(choose_name(flags));
  const OneFile model = TRY(open_model(flags));
  request.file = model.path;
  TRY(read_texts(flags, request));
  Stored stored;
  stored.taken_in = model.scratch != nullptr;
  request.describe = [&](const Candidate& candidate) -> Result<std::string> {
    auto described = describe_candidate(candidate, context.engines, !flags.no_load, stored.findings);
    if (!described) return fail(described.error().with_context(flags.file));
    return described;
  };
  stored.created = TRY(StoreWriter::create(flags.store));
  if (stored.created) fmt::print(stderr, "tandem store add: there was no store {}; made a new one\n", flags.store);
  stored.added = TRY(add_with_progress(flags, std::move(request)));
  return stored;
}

void print_added(const Stored& stored, const StoreAddFlags& flags) {
  const Added& added = stored.added;
  const Findings& findings = stored.findings;
  fmt::print("stored {} version {} in {}: {}, sha256 {}\n", added.name, added.version, flags.store,
             size_text(added.weights.bytes), added.weights.sha256);
  if (added.config_from != 0) fmt::print("  config    kept from version {}\n", added.config_from);
  if (stored.taken_in) fmt::print("  weights   taken into the model's file from the files beside it\n");
  if (added.same_weights_as != 0) fmt::print("  weights   the same as those of version {}\n", added.same_weights_as);
  if (added.metadata_from != 0) fmt::print("  metadata  kept from version {}\n", added.metadata_from);
  if (findings.checked_with.empty()) {
    fmt::print("  unchecked no engine has loaded it: {}\n", findings.not_checked);
  } else {
    fmt::print("  checked   {} loads it\n", findings.checked_with);
  }
}

Json added_as_json(const Stored& stored, const StoreAddFlags& flags) {
  const Added& added = stored.added;
  const auto or_null = [](int version) { return version == 0 ? Json(nullptr) : Json(version); };
  return {{"name", added.name},
          {"version", added.version},
          {"store", flags.store},
          {"created_store", stored.created},
          {"weights_bytes", added.weights.bytes},
          {"weights_sha256", added.weights.sha256},
          {"weights_taken_in", stored.taken_in},
          {"config_from", or_null(added.config_from)},
          {"same_weights_as", or_null(added.same_weights_as)},
          {"metadata_from", or_null(added.metadata_from)},
          {"checked_with", stored.findings.checked_with.empty() ? Json(nullptr) : Json(stored.findings.checked_with)}};
}

}  // namespace

void StoreAddFlags::add_to(CLI::App& verb) {
  verb.add_option("file", file, "An ONNX file; it is copied")->required()->type_name("FILE");
  verb.add_option("--store", store, "The store; a new one is made where there is none")->capture_default_str();
  auto* by_name =
      verb.add_option("--name", name, "{task}_{architecture}_{dataset}_{YYYYMMDD}; else the file's own name");
  auto* by_task =
      verb.add_option("--task", task, "Makes the name, with --architecture and --dataset")->excludes(by_name);
  auto* by_architecture = verb.add_option("--architecture", architecture, "The second part of the name");
  auto* by_dataset = verb.add_option("--dataset", dataset, "The third part of the name");
  by_task->needs(by_architecture)->needs(by_dataset);
  by_architecture->needs(by_task);
  by_dataset->needs(by_task);
  verb.add_option("--date", date, "The last part of the name; today (UTC) if not given")
      ->needs(by_task)
      ->type_name("YYYYMMDD");
  verb.add_option("--metadata", metadata, "What is known of the model, as JSON; the rest is filled in")
      ->type_name("FILE");
  verb.add_option("--config", config,
                  "Its config as YAML; else the one beside the file, as net.yaml, else that of the version before")
      ->type_name("FILE");
  verb.add_flag("--no-load", no_load, "Stores the model without trying whether an engine can load it");
}

Result<Added> add_file(const Context& context, const StoreAddFlags& flags) {
  return TRY(add_checked(context, flags)).added;
}

Status store_add(const Context& context, const StoreAddFlags& flags) {
  const Stored stored = TRY(add_checked(context, flags));
  if (context.json) {
    const Json document = added_as_json(stored, flags);
    fmt::print("{}\n", document.dump(2, ' ', false, Json::error_handler_t::replace));
  } else {
    print_added(stored, flags);
  }
  return {};
}

}  // namespace tandem::app
