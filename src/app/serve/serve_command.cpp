// SPDX-License-Identifier: Apache-2.0
// tandem serve: the models of a store over HTTP, until SIGTERM.
#include <CLI/CLI.hpp>
#include <memory>
#include <utility>

#include "app/command.h"
#include "app/serve/drain_flags.h"
#include "app/serve/life_cycle_flags.h"
#include "app/serve/listen_flags.h"
#include "app/serve/log_flags.h"
#include "app/serve/model_flags.h"
#include "app/serve/startup_report.h"
#include "app/serve/workbench_flags.h"
#include "app/stop_signal.h"
#include "app/verb.h"
#include "base/log.h"
#include "serve/server/server.h"

namespace tandem::app {
namespace {

/// Each concern has its flags in a file of its own: add_to() names them, apply_to() puts them into the options.
struct ServeFlags {
  ModelFlags models;
  LifeCycleFlags life_cycle;
  ListenFlags listen;
  DrainFlags drain;
  LogFlags log;
  WorkbenchFlags workbench;

  void add_to(CLI::App& verb) {
    models.add_to(verb);
    life_cycle.add_to(verb);
    listen.add_to(verb);
    drain.add_to(verb);
    log.add_to(verb);
    workbench.add_to(verb);
  }
};

Result<serve::ServerOptions> make_options(ServeFlags& flags) {
  serve::ServerOptions options;
  options.version = TANDEM_VERSION;
  TRY(flags.models.apply_to(options));
  TRY(flags.life_cycle.apply_to(options));
  TRY(flags.listen.apply_to(options));
  TRY(flags.workbench.apply_to(options, flags.listen, flags.models.store));
  return options;
}

void warn_of_strangers(const ServeFlags& flags) {
  if (flags.listen.is_loopback()) return;
  log::warning("anyone who reaches this address can use the models: there is no key and no TLS",
               {{"host", flags.listen.host}});
}

Status run_server(const Context& context, ServeFlags flags) {
  TRY(flags.log.configure());
  serve::ServerOptions options = TRY(make_options(flags));
  const StopSignal stop = TRY(StopSignal::install());
  warn_of_strangers(flags);
  const std::unique_ptr<serve::Server> server =
      TRY(serve::Server::start(flags.models.store, context.engines, std::move(options)));
  report_server(*server, flags.listen, flags.models.store, context.json);
  stop.wait();
  return flags.drain.drain(*server);
}

}  // namespace

void add_serve_command(CLI::App& program, Context& context, Action& action) {
  CLI::App* verb =
      add_verb(program, {"serve", "Serves the models of a store over HTTP",
                         "  tandem serve models --port 5003\n  tandem serve resnet50.onnx --log-level info\n"
                         "  tandem serve classification_cnn_digits_20261121@1"});
  const auto flags = std::make_shared<ServeFlags>();
  flags->add_to(*verb);
  verb->callback([&context, &action, flags] {
    action = [&context, flags] { return finish(context, "serve", run_server(context, *flags)); };
  });
}

}  // namespace tandem::app
