// SPDX-License-Identifier: Apache-2.0
// The document, and its table.
#include "app/serve/startup_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/cpu.h"
#include "base/file.h"
#include "pipeline/pipeline.h"
#include "plan/plan_choice.h"

namespace tandem::app {
namespace {

using Json = nlohmann::ordered_json;

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
std::string curl_line(const std::string& store, const serve::ModelManager& models, const std::string& url) {
  std::string line;
  for (const auto& model : models.loaded()) {
    if (!takes_image(*model)) {
      if (line.empty()) line = fmt::format("curl -s {}/v2/models/{}", url, model->name);
      continue;
    }
    const std::string sample = find_sample(store, model->name);
    const auto to_model = [&](std::string_view file) {
      return fmt::format("curl -s {}/api/models/{}/predict --data-binary @{}", url, model->name, file);
    };
    if (!sample.empty()) return to_model(sample);
    line = to_model("IMAGE.png");
  }
  return line.empty() ? fmt::format("curl -s {}/v2", url) : line;
}

/// Null where the config has no plan.
Json describe_plan(const PlanChoice& choice) {
  if (!choice.written) return nullptr;
  return {{"name", plan_name(choice.plan ? *choice.plan : *choice.written)},
          {"followed", choice.plan.has_value()},
          {"reason", choice.refusal},
          {"overruled", choice.overruled},
          {"warnings", choice.warnings},
          {"text", explain_plan(choice)}};
}

Json describe_server(const serve::Server& server, const ListenFlags& listen, const std::string& store) {
  const serve::ModelManager& models = server.models();
  Json document;
  document["machine"] = machine_line();
  document["models"] = Json::array();
  const auto loaded = models.loaded();
  for (const serve::ModelState& state : models.index()) {
    Json row = {{"name", state.name}, {"version", state.version}, {"state", state.state}, {"reason", state.reason}};
    const auto it = std::find_if(loaded.begin(), loaded.end(), [&](const auto& model) {
      return model->name == state.name && model->version == state.version;
    });
    if (it != loaded.end()) {
      // A request that is sent to an idle server takes the lone session.
      const std::chrono::nanoseconds run_time = (*it)->lone_threads > 0 ? (*it)->lone_time : (*it)->run_time;
      row["task"] = (*it)->pipeline ? (*it)->pipeline->config().task : "tensors";
      row["engine"] = fmt::format("{}: {}", (*it)->backend, (*it)->session->describe());
      row["max_batch_size"] = (*it)->max_batch_size;
      row["useful_batch_size"] = (*it)->useful_batch_size;
      row["instances"] = (*it)->instances;
      row["threads"] = (*it)->threads;
      row["lone_threads"] = (*it)->lone_threads;
      row["load_ms"] = std::chrono::duration<double, std::milli>((*it)->load_time).count();
      row["plan"] = describe_plan((*it)->plan);
      row["run_ms"] = std::chrono::duration<double, std::milli>(run_time).count();
    }
    document["models"].push_back(std::move(row));
  }
  document["problems"] = models.problems();
  document["io_threads"] = server.io_threads();
  document["url"] = listen.url(server.port());
  if (const auto grpc_port = server.grpc_port()) document["grpc_port"] = *grpc_port;
  if (!listen.unix_path.empty()) document["unix"] = listen.unix_path;
  document["curl"] = curl_line(store, models, listen.local_url(server.port()));
  return document;
}

/// "64", "8/64": batches beyond 8 rows bring nothing, "1/64": runs singly.
std::string batch_text(const Json& row) {
  const auto most = row["max_batch_size"].get<std::int64_t>();
  const auto useful = row["useful_batch_size"].get<std::int64_t>();
  return most > 0 && useful < most ? fmt::format("{}/{}", useful, most) : fmt::format("{}", most);
}

/// "2x1", "2x1+2": two runs of one thread, and two threads for a request that has the model to itself.
std::string runs_text(const Json& row) {
  const int lone = row["lone_threads"].get<int>();
  return fmt::format("{}x{}{}", row["instances"].get<int>(), row["threads"].get<int>(),
                     lone > 0 ? fmt::format("+{}", lone) : "");
}

/// A line for each model that has a plan; with --explain all that is known of it, and of those that have none.
void print_plans(const Json& document, bool explain) {
  for (const Json& row : document["models"]) {
    if (!row.contains("plan") || (row["plan"].is_null() && !explain)) continue;
    const std::string name = row["name"].get<std::string>();
    if (row["plan"].is_null()) {
      fmt::print("{}: {}", name, explain_plan({}));
    } else if (explain) {
      fmt::print("{}: {}", name, row["plan"]["text"].get<std::string>());
    } else if (row["plan"]["followed"].get<bool>()) {
      fmt::print("{}: plan {} (--explain says why)\n", name, row["plan"]["name"].get<std::string>());
    } else {
      fmt::print("{}: plan {} is not followed: {}\n", name, row["plan"]["name"].get<std::string>(),
                 row["plan"]["reason"].get<std::string>());
    }
  }
}

void print_table(const Json& document, bool explain) {
  const auto text = [](const Json& row, const char* key) { return row[key].get<std::string>(); };
  std::size_t width = 5;
  for (const Json& row : document["models"]) width = std::max(width, text(row, "name").size());
  fmt::print("{:<{}}  {:<11}  {:<14}  {:>7}  {:>7}  {:>9}  engine\n", "model", width, "state", "task", "batch", "runs",
             "run ms");
  for (const Json& row : document["models"]) {
    if (row.contains("engine")) {
      const double run_ms = row["run_ms"].get<double>();
      fmt::print("{:<{}}  {:<11}  {:<14}  {:>7}  {:>7}  {:>9}  {}\n", text(row, "name"), width, text(row, "state"),
                 text(row, "task"), batch_text(row), runs_text(row), run_ms > 0 ? fmt::format("{:.3f}", run_ms) : "-",
                 text(row, "engine"));
    } else {
      fmt::print("{:<{}}  {:<11}  {}\n", text(row, "name"), width, text(row, "state"), text(row, "reason"));
    }
  }
  print_plans(document, explain);
  for (const Json& problem : document["problems"]) fmt::print("left out: {}\n", problem.get<std::string>());
  fmt::print(
      "{}; {} thread{} for HTTP. run ms: one request of zeros, shortest of four, after loading.\n"
      "batch: useful/most rows that run together, as measured. runs: instances x threads of each + threads of a\n"
      "request that has the model to itself.\n",
      text(document, "machine"), document["io_threads"].get<int>(), document["io_threads"].get<int>() == 1 ? "" : "s");
  fmt::print("{}\n", text(document, "curl"));
  if (document.contains("grpc_port")) fmt::print("gRPC's port: {}\n", document["grpc_port"].get<int>());
  if (document.contains("unix")) fmt::print("Unix socket: {}\n", text(document, "unix"));
  fmt::print("listening on {}\n", text(document, "url"));
}

}  // namespace

void report_server(const serve::Server& server, const ListenFlags& listen, const std::string& store,
                   const StartupText& text) {
  const Json document = describe_server(server, listen, store);
  if (text.as_json) {
    fmt::print("{}\n", document.dump(2, ' ', false, Json::error_handler_t::replace));
  } else {
    print_table(document, text.explain);
  }
  std::fflush(stdout);
}

}  // namespace tandem::app
