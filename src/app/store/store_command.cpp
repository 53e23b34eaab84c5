// SPDX-License-Identifier: Apache-2.0
// tandem store: add, list, show, compare and remove the models of a store.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/command.h"
#include "app/sizes.h"
#include "app/store/comparison_report.h"
#include "app/store/store_add.h"
#include "app/store/store_golden.h"
#include "app/store/store_report.h"
#include "app/verb.h"
#include "store/comparison.h"
#include "store/store.h"
#include "store/store_writer.h"
#include "store/versioned_name.h"

namespace tandem::app {
namespace {

using Json = nlohmann::ordered_json;

struct StoreFlags {
  std::string store = "models";
  std::string model;
  std::string other;  // compare
  double threshold_percent = 1;
  bool yes = false;  // rm
};

Status list_models(const Context& context, const StoreFlags& flags) {
  const Store store = TRY(Store::open(flags.store));
  std::vector<std::string> problems = store.problems();
  std::vector<StoreRow> rows;
  for (const StoreEntry& entry : TRY(store.list())) {
    std::string problem;
    rows.push_back(make_row(store, entry, problem));
    if (!problem.empty()) problems.push_back(std::move(problem));
  }
  fmt::print("{}",
             context.json ? rows_as_json(rows, problems, flags.store) : rows_as_text(rows, problems, flags.store));
  return {};
}

Result<StoreCard> find_card(const Store& store, const std::string& name) {
  return read_together(store, name, [&](const StoreEntry& entry) { return make_card(store, entry); });
}

Status show_model(const Context& context, const StoreFlags& flags) {
  const Store store = TRY(Store::open(flags.store));
  const StoreCard card = TRY(find_card(store, flags.model));
  fmt::print("{}", context.json ? card_as_json(card) : card_as_text(card));
  return {};
}

/// The metadata with the size that the file really has.
std::string with_size(const StoreCard& card) {
  Json document = Json::parse(card.metadata, nullptr, false);
  if (!document.contains("size") || !document["size"].is_object()) document["size"] = Json::object();
  document["size"]["weights_bytes"] = card.size_bytes;
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string label_of(const StoreCard& card) {
  return card.entry.version == 0 ? card.entry.name : fmt::format("{}@{}", card.entry.name, card.entry.version);
}

Status compare_models(const Context& context, const StoreFlags& flags) {
  const Store store = TRY(Store::open(flags.store));
  const StoreCard before = TRY(find_card(store, flags.model));
  const StoreCard after = TRY(find_card(store, flags.other));
  ComparisonReport report;
  report.before = label_of(before);
  report.after = label_of(after);
  report.threshold = flags.threshold_percent / 100;
  report.comparison = TRY(compare_metadata(with_size(before), with_size(after), {report.threshold}));
  fmt::print("{}", context.json ? comparison_as_json(report) : comparison_as_text(report));
  return {};
}

/// What is about to be lost, in words.
Result<std::string> describe_loss(const Store& store, const std::string& text) {
  const VersionedName name = TRY(VersionedName::parse(text));
  TRY(store.find(text));
  std::vector<int> numbers;
  for (const StoreVersion& version : TRY(store.versions(name.name))) numbers.push_back(version.number);
  if (name.version || numbers.size() < 2) return text;
  return fmt::format("{} with its versions {}", text, fmt::join(numbers, ", "));
}

/// --yes, or a person who says so.
Status confirm(const StoreFlags& flags, const std::string& loss) {
  if (flags.yes) return {};
  if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDERR_FILENO) == 0) {
    return fail(Code::kFailedPrecondition,
                fmt::format("nothing was removed; say --yes to remove {} from {} for good", loss, flags.store));
  }
  fmt::print(stderr, "Remove {} from {} for good? [y/N] ", loss, flags.store);
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") return {};
  return fail(Code::kCancelled, "nothing was removed");
}

Status remove_model(const Context& context, const StoreFlags& flags) {
  const Store store = TRY(Store::open(flags.store));
  const std::string loss = TRY(describe_loss(store, flags.model));
  TRY(confirm(flags, loss));
  StoreWriter writer = TRY(StoreWriter::open(flags.store));
  const Removed removed = TRY(writer.remove(flags.model));
  if (context.json) {
    const Json document = {{"name", removed.name},
                           {"removed_versions", removed.versions},
                           {"current_version", removed.current == 0 ? Json(nullptr) : Json(removed.current)},
                           {"freed_bytes", removed.freed_bytes}};
    fmt::print("{}\n", document.dump(2));
    return {};
  }
  fmt::print("removed {} version{} {} from {}\n", removed.name, removed.versions.size() == 1 ? "" : "s",
             fmt::join(removed.versions, ", "), flags.store);
  if (removed.current != 0) fmt::print("  current   version {}\n", removed.current);
  if (removed.freed_bytes != 0) fmt::print("  freed     {}\n", size_text(removed.freed_bytes));
  return {};
}

/// A verb of `store` with the flags that it shares with the others.
CLI::App* add_store_verb(CLI::App& store, const Verb& verb, StoreFlags& flags) {
  CLI::App* app = add_verb(store, verb);
  app->add_option("--store", flags.store, "The store")->capture_default_str();
  return app;
}

template <typename Flags>
void on_chosen(CLI::App& verb, const Context& context, Action& action, std::shared_ptr<Flags> flags,
               Status (*work)(const Context&, const Flags&)) {
  verb.callback([&verb, &context, &action, flags, work] {
    action = [&verb, &context, flags, work] {
      return finish(context, "store " + verb.get_name(), work(context, *flags));
    };
  });
}

void add_change_verbs(CLI::App& store, const Context& context, Action& action) {
  const auto add_flags = std::make_shared<StoreAddFlags>();
  CLI::App* add =
      add_verb(store, {"add", "Stores a model as the next version of its name",
                       "  tandem store add net.onnx --task classification --architecture cnn --dataset digits\n"
                       "  tandem store add net.onnx --name classification_cnn_digits_20261121 "
                       "--config net.yaml --metadata net.json"});
  add_flags->add_to(*add);
  on_chosen(*add, context, action, add_flags, store_add);

  const auto golden_flags = std::make_shared<StoreGoldenFlags>();
  CLI::App* golden = add_verb(
      store,
      {"golden", "Keeps what a version answers to an input; a server holds it against the version when it loads it",
       "  tandem store golden classification_cnn_digits_20261121 --input digit.npy\n"
       "  tandem store golden classification_cnn_digits_20261121@2 --input reference.npz --tolerance 0.01"});
  golden_flags->add_to(*golden);
  on_chosen(*golden, context, action, golden_flags, store_golden);

  const auto rm_flags = std::make_shared<StoreFlags>();
  CLI::App* rm = add_store_verb(store,
                                {"rm", "Removes a model with all its versions, or one version",
                                 "  tandem store rm classification_cnn_digits_20261121@1 --yes"},
                                *rm_flags);
  rm->add_option("model", rm_flags->model, "NAME for all versions, NAME@n for one")->required()->type_name("NAME");
  rm->add_flag("--yes", rm_flags->yes, "Without asking");
  on_chosen(*rm, context, action, rm_flags, remove_model);
}

void add_view_verbs(CLI::App& store, const Context& context, Action& action) {
  const auto list_flags = std::make_shared<StoreFlags>();
  CLI::App* list =
      add_store_verb(store, {"list", "Lists the models of a store", "  tandem store list --store models"}, *list_flags);
  on_chosen(*list, context, action, list_flags, list_models);

  const auto show_flags = std::make_shared<StoreFlags>();
  CLI::App* show = add_store_verb(
      store,
      {"show", "Shows everything that is known of a model", "  tandem store show classification_cnn_digits_20261121"},
      *show_flags);
  show->add_option("model", show_flags->model, "NAME, or NAME@n for a version")->required()->type_name("NAME");
  on_chosen(*show, context, action, show_flags, show_model);

  const auto flags = std::make_shared<StoreFlags>();
  CLI::App* compare =
      add_store_verb(store,
                     {"compare", "Holds two versions or models against each other by their metadata",
                      "  tandem store compare classification_cnn_digits_20261121@1 classification_cnn_digits_20261121"},
                     *flags);
  compare->add_option("before", flags->model, "NAME or NAME@n")->required()->type_name("NAME");
  compare->add_option("after", flags->other, "NAME or NAME@n")->required()->type_name("NAME");
  compare->add_option("--threshold", flags->threshold_percent, "A smaller difference, in percent, counts as none")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str()
      ->type_name("PERCENT");
  on_chosen(*compare, context, action, flags, compare_models);
}

}  // namespace

void add_store_command(CLI::App& program, Context& context, Action& action) {
  CLI::App* store = add_verb(program, {"store", "Adds, lists, shows, compares and removes the models of a store",
                                       "  tandem store add net.onnx --name classification_cnn_digits_20261121\n"
                                       "  tandem store list"});
  store->require_subcommand(1);
  add_change_verbs(*store, context, action);
  add_view_verbs(*store, context, action);
}

}  // namespace tandem::app
