// SPDX-License-Identifier: Apache-2.0
// The program `tandem`: verbs in, exit codes out.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/bench/measure_worker_command.h"
#include "app/command.h"
#include "app/engines.h"
#include "app/verb.h"

namespace tandem::app {
namespace {

/// To every verb, and where a verb has verbs of its own, to those.
void add_json_flag(CLI::App& program, Context& context) {
  for (CLI::App* verb : program.get_subcommands({})) {
    if (!verb->get_subcommands({}).empty()) {
      add_json_flag(*verb, context);
    } else if (verb->get_option_no_throw("--json") == nullptr) {
      verb->add_flag("--json", context.json, "The result as one JSON document on standard output");
    }
  }
}

struct VerbEntry {
  std::string_view name;
  void (*add)(CLI::App& program, Context& context, Action& action);
};
constexpr std::array kVerbs{
    VerbEntry{"run", add_run_command},           VerbEntry{"convert", add_convert_command},
    VerbEntry{"inspect", add_inspect_command},   VerbEntry{"bench", add_bench_command},
    VerbEntry{"compare", add_compare_command},   VerbEntry{"profile", add_profile_command},
    VerbEntry{"optimize", add_optimize_command}, VerbEntry{"devices", add_devices_command},
    VerbEntry{"serve", add_serve_command},       VerbEntry{"store", add_store_command},
    VerbEntry{"live", add_live_command},         VerbEntry{"measure-worker", add_measure_worker_command},
};

/// The verb that `first` names, else all of them. Describing what was not asked for would touch a quarter of a megabyte
/// of the program, which then stays resident as long as a server lives.
void add_verbs(std::string_view first, CLI::App& program, Context& context, Action& action) {
  const bool is_verb = std::ranges::find(kVerbs, first, &VerbEntry::name) != kVerbs.end();
  for (const VerbEntry& verb : kVerbs) {
    if (!is_verb || verb.name == first) verb.add(program, context, action);
  }
  add_json_flag(program, context);
}

/// Without those that are not for people, whose group is empty.
std::vector<std::string> verb_names(const CLI::App& program) {
  std::vector<std::string> names;
  for (const CLI::App* verb : program.get_subcommands({})) {
    if (!verb->get_group().empty()) names.push_back(verb->get_name());
  }
  return names;
}

/// Says which verbs there are when what stands in a verb's place is none; says what an app with verbs does when none is
/// given. Returns whether that was so.
bool refuse_verb(const CLI::App& app, const std::string& called, std::span<char*> arguments) {
  const std::vector<std::string> names = verb_names(app);
  if (names.empty()) return false;
  if (arguments.empty()) {
    fmt::print(stderr, "{}", app.help(called.substr(0, called.rfind(' '))));
    return true;
  }
  const std::string_view first = arguments[0];
  if (first.empty() || first.front() == '-') return false;
  for (const CLI::App* verb : app.get_subcommands({})) {
    if (verb->get_name() == first) {
      return refuse_verb(*verb, fmt::format("{} {}", called, first), arguments.subspan(1));
    }
  }
  fmt::print(stderr, "{}: there is no verb '{}': expected one of {}.\nSee {} --help.\n", called, first,
             fmt::join(names, ", "), called);
  return true;
}

int refuse_usage(const CLI::App& program, const CLI::ParseError& error) {
  std::string called = "tandem";
  for (const CLI::App* app = &program; !app->get_subcommands().empty();) {
    app = app->get_subcommands().front();
    called += " " + app->get_name();
  }
  fmt::print(stderr, "{}: {}\nSee {} --help.\n", called, error.what(), called);
  return kExitUsage;
}

int run_program(int argument_count, char** arguments) {
  EngineRegistry engines = make_engines();
  Context context{engines};
  Action action;
  CLI::App program("Takes trained networks from checkpoint to service: converts, optimizes, measures, serves.",
                   "tandem");
  program.set_version_flag("--version", "tandem " TANDEM_VERSION);
  program.require_subcommand(1);
  program.footer("Each verb has its own help: tandem run --help");
  const std::span<char*> all(arguments, static_cast<std::size_t>(argument_count));
  add_verbs(all.size() > 1 ? all[1] : "", program, context, action);

  if (refuse_verb(program, "tandem", all.subspan(1))) return kExitUsage;
  try {
    program.parse(argument_count, arguments);
  } catch (const CLI::Success& asked) {  // --help, --version
    return program.exit(asked);
  } catch (const CLI::ParseError& error) {
    return refuse_usage(program, error);
  }
  return action();
}

}  // namespace
}  // namespace tandem::app

int main(int argument_count, char** arguments) {
  try {
    return tandem::app::run_program(argument_count, arguments);
  } catch (const std::exception& error) {
    fmt::print(stderr, "tandem: an unexpected failure: {}\n", error.what());
    return tandem::app::kExitFailed;
  }
}
