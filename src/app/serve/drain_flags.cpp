// SPDX-License-Identifier: Apache-2.0
// The flags of the end.
#include "app/serve/drain_flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

namespace tandem::app {

void DrainFlags::add_to(CLI::App& verb) {
  verb.add_option("--drain-timeout", timeout_s, "Seconds to answer what was asked, after SIGTERM")
      ->check(CLI::Range(0.0, 3600.0))
      ->capture_default_str();
}

Status DrainFlags::drain(serve::Server& server) const {
  const auto limit = std::chrono::milliseconds(static_cast<std::int64_t>(timeout_s * 1000));
  if (server.drain(limit)) return {};
  return fail(Code::kDeadlineExceeded,
              fmt::format("some requests were not answered within {} s; see --drain-timeout", timeout_s));
}

}  // namespace tandem::app
