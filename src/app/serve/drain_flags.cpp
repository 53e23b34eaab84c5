// SPDX-License-Identifier: Apache-2.0
// The flags of the end.
#include "app/serve/drain_flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>

namespace tandem::app {

namespace {

std::chrono::milliseconds to_milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

}  // namespace

void DrainFlags::add_to(CLI::App& verb) {
  verb.add_option("--drain-delay", delay_s,
                  "Seconds to serve on after SIGTERM while the probe already says not ready, so that load balancers "
                  "send nothing more")
      ->check(CLI::Range(0.0, 3600.0))
      ->capture_default_str();
  verb.add_option("--drain-timeout", timeout_s, "Seconds to answer what was asked, after SIGTERM and the delay")
      ->check(CLI::Range(0.0, 3600.0))
      ->capture_default_str();
}

Status DrainFlags::drain(serve::Server& server) const {
  if (server.drain({to_milliseconds(delay_s), to_milliseconds(timeout_s)})) return {};
  return fail(Code::kDeadlineExceeded,
              fmt::format("some requests were not answered within {} s; see --drain-timeout", timeout_s));
}

}  // namespace tandem::app
