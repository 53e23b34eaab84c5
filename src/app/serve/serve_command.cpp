// SPDX-License-Identifier: Apache-2.0
// tandem serve: the models of a store over HTTP, until SIGTERM.
#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <utility>

#include "app/command.h"
#include "app/serve/cache_flags.h"
#include "app/serve/drain_flags.h"
#include "app/serve/gate_flags.h"
#include "app/serve/life_cycle_flags.h"
#include "app/serve/listen_flags.h"
#include "app/serve/log_flags.h"
#include "app/serve/model_flags.h"
#include "app/serve/observe_flags.h"
#include "app/serve/protocol_flags.h"
#include "app/serve/ready_flags.h"
#include "app/serve/service_manager.h"
#include "app/serve/service_signals.h"
#include "app/serve/startup_report.h"
#include "app/serve/workbench_flags.h"
#include "app/verb.h"
#include "base/code_pages.h"
#include "base/log.h"
#include "serve/server/server.h"

namespace tandem::app {
namespace {

/// Each concern has its flags in a file of its own: add_to() names them, apply_to() puts them into the options.
struct ServeFlags {
  ModelFlags models;
  LifeCycleFlags life_cycle;
  ListenFlags listen;
  GateFlags gate;
  ReadyFlags ready;
  DrainFlags drain;
  CacheFlags cache;
  LogFlags log;
  ObserveFlags observe;
  ProtocolFlags protocol;
  WorkbenchFlags workbench;

  void add_to(CLI::App& verb) {
    models.add_to(verb);
    life_cycle.add_to(verb);
    listen.add_to(verb);
    gate.add_to(verb);
    ready.add_to(verb);
    drain.add_to(verb);
    cache.add_to(verb);
    log.add_to(verb);
    observe.add_to(verb);
    protocol.add_to(verb);
    workbench.add_to(verb);
  }
};

Result<serve::ServerOptions> make_options(ServeFlags& flags) {
  serve::ServerOptions options;
  options.version = TANDEM_VERSION;
  TRY(flags.models.apply_to(options));
  TRY(flags.life_cycle.apply_to(options));
  TRY(flags.listen.apply_to(options));
  TRY(flags.gate.apply_to(options));
  TRY(flags.ready.apply_to(options));
  TRY(flags.cache.apply_to(options));
  TRY(flags.observe.apply_to(options));
  flags.protocol.apply_to(options);
  TRY(flags.workbench.apply_to(options, flags.listen, flags.models.store));
  return options;
}

void warn_of_strangers(const ServeFlags& flags) {
  const bool asks_for_proof = !flags.gate.api_keys.empty() || !flags.listen.tls_client_ca.empty();
  if (flags.listen.is_loopback() || asks_for_proof) return;
  log::warning(flags.listen.speaks_tls()
                   ? "anyone who reaches this address can use the models: there is no --api-keys and no --tls-client-ca"
                   : "anyone who reaches this address can use the models: there is no key and no TLS; see --api-keys",
               {{"host", flags.listen.host}});
}

/// What SIGHUP asks for. A file that is wrong changes nothing, and is said.
void reload(const ServeFlags& flags, serve::Server& server) {
  for (const Status& done : {flags.gate.reload(server), server.reopen_access_log()}) {
    if (!done) log::error("SIGHUP: kept what was there before", {{"reason", done.error().message}});
  }
}

/// Until the signal to stop. The watchdog hears of us only while the io threads really work.
void serve_until_stopped(const ServeFlags& flags, const ServiceSignals& signals, const ServiceManager& manager,
                         serve::Server& server) {
  constexpr std::chrono::hours kForever{24};
  const auto interval = manager.watchdog_interval();
  for (;;) {
    const ServiceSignals::Event event = signals.wait(interval.value_or(kForever));
    if (event == ServiceSignals::Event::kStop) return;
    if (event == ServiceSignals::Event::kReload) reload(flags, server);
    if (interval && server.responds(*interval / 2)) manager.notify("WATCHDOG=1");
  }
}

Status run_server(const Context& context, ServeFlags flags) {
  TRY(flags.log.configure());
  serve::ServerOptions options = TRY(make_options(flags));
  const ServiceSignals signals = TRY(ServiceSignals::install());
  const ServiceManager manager = ServiceManager::from_environment();
  warn_of_strangers(flags);
  make_room_for_connections(flags.listen.max_connections);
  const std::unique_ptr<serve::Server> server =
      TRY(serve::Server::start(flags.models.store, context.engines, std::move(options)));
  forget_code_pages();
  report_server(*server, flags.listen, flags.models.store, {context.json, flags.models.plans.explain});
  manager.notify("READY=1");
  serve_until_stopped(flags, signals, manager, *server);
  manager.notify("STOPPING=1");
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
