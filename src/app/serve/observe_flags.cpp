// SPDX-License-Identifier: Apache-2.0
// The flags of the access log and the traces.
#include "app/serve/observe_flags.h"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <random>

namespace tandem::app {
namespace {

std::uint64_t random_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

}  // namespace

void ObserveFlags::add_to(CLI::App& verb) {
  verb.add_option("--access-log", access_log,
                  "One JSON object a request, appended to this file, or '-' for standard output; SIGHUP opens it again")
      ->type_name("FILE");
  verb.add_option("--otlp-endpoint", otlp_endpoint,
                  "Send traces to this OpenTelemetry collector (OTLP over HTTP, JSON): http://HOST:4318 or https://")
      ->type_name("URL");
  verb.add_option("--otlp-ca", otlp_ca,
                  "Who may sign the certificate of a collector with https, PEM; without it whom this machine trusts")
      ->type_name("FILE");
  verb.add_option("--trace-ratio", trace_ratio,
                  "The share of requests without a traceparent that is traced; one with it decides for itself")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
}

Status ObserveFlags::apply_to(serve::ServerOptions& options) const {
  options.access_log = access_log;
  options.tracing.seed = random_seed();
  if (!otlp_ca.empty() && !otlp_endpoint.starts_with("https:")) {
    return invalid_argument("--otlp-ca is for a collector with https; --otlp-endpoint is '" + otlp_endpoint + "'");
  }
  if (otlp_endpoint.empty()) return {};
  options.traces_tls.authorities = otlp_ca;
  options.tracing.begins_traces = true;
  options.tracing.ratio = trace_ratio;
  options.traces.emplace();
  options.traces->endpoint = otlp_endpoint;
  options.traces->service_version = TANDEM_VERSION;
  options.traces->seed = random_seed();
  return {};
}

}  // namespace tandem::app
