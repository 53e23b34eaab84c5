// SPDX-License-Identifier: Apache-2.0
// What the verbs have in common: how one is described, and how it ends.
#pragma once

#include <string>
#include <string_view>

#include "app/command.h"
#include "base/error.h"

namespace tandem::app {

/// Exit codes of the program.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;

/// How a verb introduces itself.
struct Verb {
  std::string name;
  std::string description;
  std::string example;  // whole command lines, one a line
};

/// Adds the subcommand with its help. The app belongs to `program`.
CLI::App* add_verb(CLI::App& program, const Verb& verb);

/// The exit code for `status`; a failure is said as "tandem VERB: sentence" on standard error, and with --json as
/// {"error": {"code", "message"}} on standard output, too.
int finish(const Context& context, std::string_view verb, const Status& status);

}  // namespace tandem::app
