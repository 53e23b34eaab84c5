// SPDX-License-Identifier: Apache-2.0
// The program `tandem`: verbs in, exit codes out.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "app/command.h"
#include "app/engines.h"
#include "app/verb.h"

namespace tandem::app {
namespace {

void add_verbs(CLI::App& program, Context& context, Action& action) {
  add_run_command(program, context, action);
  add_convert_command(program, context, action);
  add_inspect_command(program, context, action);
  add_bench_command(program, context, action);
  add_compare_command(program, context, action);
  add_devices_command(program, context, action);
  add_serve_command(program, context, action);
  for (CLI::App* verb : program.get_subcommands({})) {
    if (verb->get_option_no_throw("--json") == nullptr) {
      verb->add_flag("--json", context.json, "The result as one JSON document on standard output");
    }
  }
}

std::vector<std::string> verb_names(const CLI::App& program) {
  std::vector<std::string> names;
  for (const CLI::App* verb : program.get_subcommands({})) names.push_back(verb->get_name());
  return names;
}

/// Says which verbs there are when the first argument is none of them.
bool is_unknown_verb(const CLI::App& program, std::string_view first) {
  const std::vector<std::string> names = verb_names(program);
  return !first.empty() && first.front() != '-' && std::find(names.begin(), names.end(), first) == names.end();
}

int refuse_usage(const CLI::App& program, const CLI::ParseError& error) {
  std::string called = "tandem";
  for (const CLI::App* verb : program.get_subcommands()) called += " " + verb->get_name();
  fmt::print(stderr, "{}: {}\nSee {} --help.\n", called, error.what(), called);
  return kExitUsage;
}

int run_program(int argument_count, char** arguments) {
  EngineRegistry engines = make_engines();
  Context context{engines};
  Action action;
  CLI::App program("Runs, measures and serves trained networks.", "tandem");
  program.set_version_flag("--version", "tandem " TANDEM_VERSION);
  program.require_subcommand(1);
  program.footer("Each verb has its own help: tandem run --help");
  add_verbs(program, context, action);

  if (argument_count < 2) {
    fmt::print(stderr, "{}", program.help());
    return kExitUsage;
  }
  if (is_unknown_verb(program, arguments[1])) {
    fmt::print(stderr, "tandem: there is no verb '{}': expected one of {}.\nSee tandem --help.\n", arguments[1],
               fmt::join(verb_names(program), ", "));
    return kExitUsage;
  }
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
