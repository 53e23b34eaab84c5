// SPDX-License-Identifier: Apache-2.0
// What every subcommand of `tandem` is given, and how it is hung into the command line.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace tandem {
class EngineRegistry;
}

namespace tandem::app {

/// What the subcommands share. Lives for the whole run of the program.
struct Context {
  const EngineRegistry& engines;
  bool json = false;  // --json: results as one JSON document on standard output
};

/// A subcommand chosen on the command line; returns the exit code: 0 ok, 1 failed, 2 usage.
using Action = std::function<int()>;

/// Each adds its subcommand to `program` and sets `action` when the user chose it. One file a command: run_command.cpp
/// ...
void add_live_command(CLI::App& program, Context& context, Action& action);
void add_run_command(CLI::App& program, Context& context, Action& action);
void add_convert_command(CLI::App& program, Context& context, Action& action);
void add_inspect_command(CLI::App& program, Context& context, Action& action);
void add_bench_command(CLI::App& program, Context& context, Action& action);
void add_compare_command(CLI::App& program, Context& context, Action& action);
void add_measure_worker_command(CLI::App& program, Context& context, Action& action);
void add_profile_command(CLI::App& program, Context& context, Action& action);
void add_optimize_command(CLI::App& program, Context& context, Action& action);
void add_devices_command(CLI::App& program, Context& context, Action& action);
void add_tune_command(CLI::App& program, Context& context, Action& action);
void add_serve_command(CLI::App& program, Context& context, Action& action);
void add_store_command(CLI::App& program, Context& context, Action& action);

}  // namespace tandem::app
