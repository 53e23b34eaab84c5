// SPDX-License-Identifier: Apache-2.0
// tandem serve: the models of a store over HTTP, until SIGTERM.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/command.h"
#include "app/models/model_source.h"
#include "app/models/session_flags.h"
#include "app/stop_signal.h"
#include "app/verb.h"
#include "base/cpu.h"
#include "base/file.h"
#include "base/log.h"
#include "pipeline/pipeline.h"
#include "serve/server/server.h"

namespace tandem::app {
namespace {

using Json = nlohmann::ordered_json;

struct ServeFlags {
  std::string served = "models";
  std::string store = "models";
  std::string host = "127.0.0.1";
  std::uint16_t port = 5003;
  int io_threads = 0;
  std::uint64_t max_body_mb = 64;
  std::string default_model;
  double drain_timeout_s = 30;
  std::string log_level = "warning";
  std::string log_format = "text";
  bool workbench = false;
  bool remote_workbench = false;
  SessionFlags session;
};

bool is_loopback(std::string_view host) { return host == "localhost" || host == "::1" || host.starts_with("127."); }

std::string url_of(const ServeFlags& flags, std::uint16_t port) {
  return flags.host.find(':') == std::string::npos ? fmt::format("http://{}:{}", flags.host, port)
                                                   : fmt::format("http://[{}]:{}", flags.host, port);
}

/// What a client on this machine uses: the any-address is no address to ask.
std::string local_url(const ServeFlags& flags, std::uint16_t port) {
  return flags.host == "0.0.0.0" || flags.host == "::" ? fmt::format("http://127.0.0.1:{}", port) : url_of(flags, port);
}

/// A picture that came with the store and belongs to `model` (samples/samples.json); "" when there is none.
std::string find_sample(const std::filesystem::path& store, const std::string& model) {
  const auto text = read_file(store / "samples" / "samples.json", 1 << 20);
  if (!text) return "";
  const Json samples = Json::parse(*text, nullptr, false);
  if (!samples.is_object() || !samples.contains("files") || !samples["files"].is_object()) return "";
  for (const auto& [file, sample] : samples["files"].items()) {
    if (sample.is_object() && sample.value("model", Json()) == model) return (store / "samples" / file).string();
  }
  return "";
}

bool takes_image(const serve::LoadedModel& model) { return model.pipeline && model.pipeline->takes_image(); }

/// A line to paste: an image to the first model that has a sample, else to one that takes images, else its metadata.
std::string curl_line(const ServeFlags& flags, const serve::ModelManager& models, const std::string& url) {
  std::string line;
  for (const auto& model : models.loaded()) {
    if (!takes_image(*model)) {
      if (line.empty()) line = fmt::format("curl -s {}/v2/models/{}", url, model->name);
      continue;
    }
    const std::string sample = find_sample(flags.store, model->name);
    const auto to_model = [&](std::string_view file) {
      return fmt::format("curl -s {}/api/models/{}/predict --data-binary @{}", url, model->name, file);
    };
    if (!sample.empty()) return to_model(sample);
    line = to_model("IMAGE.png");
  }
  return line.empty() ? fmt::format("curl -s {}/v2", url) : line;
}

Json describe(const ServeFlags& flags, const serve::Server& server) {
  const serve::ModelManager& models = server.models();
  Json document;
  document["machine"] = machine_line();
  document["models"] = Json::array();
  const auto loaded = models.loaded();
  for (const serve::ModelState& state : models.index()) {
    Json row = {{"name", state.name}, {"version", state.version}, {"state", state.state}, {"reason", state.reason}};
    const auto it =
        std::find_if(loaded.begin(), loaded.end(), [&](const auto& model) { return model->name == state.name; });
    if (it != loaded.end()) {
      row["task"] = (*it)->pipeline ? (*it)->pipeline->config().task : "tensors";
      row["engine"] = fmt::format("{}: {}", (*it)->backend, (*it)->session->describe());
      row["max_batch_size"] = (*it)->max_batch_size;
      row["load_ms"] = std::chrono::duration<double, std::milli>((*it)->load_time).count();
      row["run_ms"] = std::chrono::duration<double, std::milli>((*it)->run_time).count();
    }
    document["models"].push_back(std::move(row));
  }
  document["problems"] = models.problems();
  document["io_threads"] = server.io_threads();
  document["url"] = url_of(flags, server.port());
  document["curl"] = curl_line(flags, models, local_url(flags, server.port()));
  return document;
}

void print(const Json& document) {
  const auto text = [](const Json& row, const char* key) { return row[key].get<std::string>(); };
  std::size_t width = 5;
  for (const Json& row : document["models"]) width = std::max(width, text(row, "name").size());
  fmt::print("{:<{}}  {:<11}  {:<14}  {:>5}  {:>9}  engine\n", "model", width, "state", "task", "batch", "run ms");
  for (const Json& row : document["models"]) {
    if (row.contains("engine")) {
      const double run_ms = row["run_ms"].get<double>();
      fmt::print("{:<{}}  {:<11}  {:<14}  {:>5}  {:>9}  {}\n", text(row, "name"), width, text(row, "state"),
                 text(row, "task"), row["max_batch_size"].get<std::int64_t>(),
                 run_ms > 0 ? fmt::format("{:.3f}", run_ms) : "-", text(row, "engine"));
    } else {
      fmt::print("{:<{}}  {:<11}  {}\n", text(row, "name"), width, text(row, "state"), text(row, "reason"));
    }
  }
  for (const Json& problem : document["problems"]) fmt::print("left out: {}\n", problem.get<std::string>());
  fmt::print("{}; {} thread{} for HTTP. run ms: one request of zeros, shortest of four, after loading.\n",
             text(document, "machine"), document["io_threads"].get<int>(),
             document["io_threads"].get<int>() == 1 ? "" : "s");
  fmt::print("{}\n", text(document, "curl"));
  fmt::print("listening on {}\n", text(document, "url"));
}

/// A store or a file goes before a name in --store.
Status choose_served(ServeFlags& flags, std::string& only) {
  std::error_code error;
  if (flags.served == flags.store || std::filesystem::exists(flags.served, error)) {
    flags.store = flags.served;
    return {};
  }
  TRY(find_model(flags.served, flags.store));
  only = flags.served;
  return {};
}

/// It takes files and runs long jobs, so it is for the person at this machine unless they say otherwise.
Result<std::optional<serve::WorkbenchOptions>> make_workbench(const ServeFlags& flags) {
  if (!flags.workbench && !flags.remote_workbench) return std::optional<serve::WorkbenchOptions>();
  if (!flags.remote_workbench && !is_loopback(flags.host)) {
    return invalid_argument(
        fmt::format("--workbench takes files and runs jobs for anyone who reaches {}: leave --host away, or say "
                    "--remote-workbench",
                    flags.host));
  }
  serve::WorkbenchOptions options;
  options.store = flags.store;
  options.loopback_only = !flags.remote_workbench;
  options.version = TANDEM_VERSION;
  return std::optional<serve::WorkbenchOptions>(std::move(options));
}

Result<serve::ServerOptions> make_options(const ServeFlags& flags) {
  serve::ServerOptions options;
  options.host = flags.host;
  options.port = flags.port;
  options.io_threads = flags.io_threads;
  options.max_body_bytes = flags.max_body_mb << 20;
  options.default_model = flags.default_model;
  options.version = TANDEM_VERSION;
  options.workbench = TRY(make_workbench(flags));
  options.models.load.engine = flags.session.engine;
  options.models.load.session = TRY(flags.session.options());
  return options;
}

Status run_server(const Context& context, ServeFlags flags) {
  const log::Level level = TRY(log::parse_level(flags.log_level));
  log::configure(level, flags.log_format == "json" ? log::Format::kJson : log::Format::kText);
  std::string only;
  TRY(choose_served(flags, only));
  serve::ServerOptions options = TRY(make_options(flags));
  options.models.only = std::move(only);
  const StopSignal stop = TRY(StopSignal::install());
  if (!is_loopback(flags.host)) {
    log::warning("anyone who reaches this address can use the models: there is no key and no TLS",
                 {{"host", flags.host}});
  }
  const std::unique_ptr<serve::Server> server =
      TRY(serve::Server::start(flags.store, context.engines, std::move(options)));
  const Json document = describe(flags, *server);
  if (context.json) {
    fmt::print("{}\n", document.dump(2, ' ', false, Json::error_handler_t::replace));
  } else {
    print(document);
  }
  std::fflush(stdout);

  stop.wait();
  const auto limit = std::chrono::milliseconds(static_cast<std::int64_t>(flags.drain_timeout_s * 1000));
  if (!server->drain(limit)) {
    return fail(Code::kDeadlineExceeded,
                fmt::format("some requests were not answered within {} s; see --drain-timeout", flags.drain_timeout_s));
  }
  return {};
}

void add_flags(CLI::App& verb, ServeFlags& flags) {
  verb.add_option("source", flags.served, "A model store, one model file, or a model's name in --store")
      ->capture_default_str()
      ->type_name("STORE|FILE|NAME");
  verb.add_option("--store", flags.store, "The store in which a name is looked up")->capture_default_str();
  verb.add_option("--host", flags.host, "Address to listen on; 0.0.0.0 for every interface")->capture_default_str();
  verb.add_option("--port", flags.port, "0: any free one")->capture_default_str();
  verb.add_option("--io-threads", flags.io_threads, "Threads for HTTP; 0: by the number of cores")
      ->check(CLI::Range(0, 64))
      ->capture_default_str();
  verb.add_option("--max-body-mb", flags.max_body_mb, "Largest request body, MiB, after decompression")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  verb.add_option("--default-model", flags.default_model, "The model of /inference when the caller names none");
  verb.add_option("--drain-timeout", flags.drain_timeout_s, "Seconds to answer what was asked, after SIGTERM")
      ->check(CLI::Range(0.0, 3600.0))
      ->capture_default_str();
  verb.add_option("--log-level", flags.log_level, "info writes one line a request")
      ->check(CLI::IsMember({"debug", "info", "warning", "error", "off"}))
      ->capture_default_str();
  verb.add_option("--log-format", flags.log_format, "Of the log on standard error")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  verb.add_flag("--workbench", flags.workbench,
                "The page may convert checkpoints, run images on any engine and compare engines (docs/workbench.md)");
  verb.add_flag("--remote-workbench", flags.remote_workbench, "The same for everyone who reaches this server");
  flags.session.add_to(verb);
}

}  // namespace

void add_serve_command(CLI::App& program, Context& context, Action& action) {
  CLI::App* verb =
      add_verb(program, {"serve", "Serves the models of a store over HTTP",
                         "  tandem serve models --port 5003\n  tandem serve resnet50.onnx --log-level info\n"
                         "  tandem serve classification_cnn_digits_20261121@1"});
  const auto flags = std::make_shared<ServeFlags>();
  add_flags(*verb, *flags);
  verb->callback([&context, &action, flags] {
    action = [&context, flags] { return finish(context, "serve", run_server(context, *flags)); };
  });
}

}  // namespace tandem::app
