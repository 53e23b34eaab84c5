// SPDX-License-Identifier: Apache-2.0
// From flags to the options of the load generator.
#include "app/bench/scenario_flags.h"

#include <CLI/CLI.hpp>

namespace tandem::app {

void ScenarioFlags::add_to(CLI::App& verb) {
  verb.add_option("--scenario", scenario, "A load test: single-stream, multi-stream, server or offline (docs/bench.md)")
      ->check(CLI::IsMember({"single-stream", "multi-stream", "server", "offline"}))
      ->type_name("SCENARIO");
  verb.add_option("--url", url, "Measures a server that has the model: http://HOST:PORT or grpc://HOST:PORT")
      ->type_name("URL");
  verb.add_option("--qps", qps, "server: queries a second, at random times")
      ->check(CLI::Range(0.001, 1e7))
      ->type_name("R");
  verb.add_option("--p99-ms", p99_ms, "The 99th percentile may be so long; server without --qps: find the highest rate")
      ->check(CLI::Range(0.001, 1e7))
      ->type_name("T");
  verb.add_option("--queries", queries, "Sends at least so many, even when that takes longer")
      ->check(CLI::Range(std::size_t{1}, bench::kMostQueries))
      ->type_name("N");
  verb.add_option("--connections", connections, "With --url: queries on their way at once (server, offline)")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str()
      ->type_name("N");
  verb.add_option("--seed", seed, "server: of the random times")->capture_default_str()->type_name("N");
}

Status ScenarioFlags::check() const {
  if (!is_given() && (qps || p99_ms || queries > 0)) {
    return invalid_argument("--qps, --p99-ms and --queries are options of a load test; say which one with --scenario");
  }
  if (!is_given()) return {};
  if (scenario.empty()) return invalid_argument("--url needs a --scenario, single-stream for example");
  if (scenario == "server" && !qps && !p99_ms) {
    return invalid_argument(
        "the server scenario needs --qps R (queries a second), or --p99-ms T to find the highest "
        "rate that keeps it");
  }
  if (scenario != "server" && qps)
    return invalid_argument(
        "--qps is of the server scenario; in the others the system "
        "sets the pace");
  return {};
}

Result<bench::LoadOptions> ScenarioFlags::load_options() const {
  bench::LoadOptions options;
  options.scenario = TRY(bench::parse_scenario(scenario));
  options.least_queries = std::max<std::size_t>(1, queries);
  options.qps = qps.value_or(0);
  options.seed = seed;
  return options;
}

}  // namespace tandem::app
