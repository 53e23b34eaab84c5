// SPDX-License-Identifier: Apache-2.0
// Help texts with examples, and failures as sentences.
#include "app/verb.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace tandem::app {

CLI::App* add_verb(CLI::App& program, const Verb& verb) {
  CLI::App* app = program.add_subcommand(verb.name, verb.description);
  app->footer("Example:\n" + verb.example);
  return app;
}

int finish(const Context& context, std::string_view verb, const Status& status) {
  if (status) return kExitOk;
  const Error& error = status.error();
  if (context.json) {
    const nlohmann::ordered_json document = {{"error", {{"code", code_name(error.code)}, {"message", error.message}}}};
    fmt::print("{}\n", document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  fmt::print(stderr, "tandem {}: {}\n", verb, error.message);
  return kExitFailed;
}

}  // namespace tandem::app
