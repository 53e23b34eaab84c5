// SPDX-License-Identifier: Apache-2.0
// What `tandem serve` says once it listens: the models, the machine, the address and a line to try it with.
#pragma once

#include <string>

#include "app/serve/listen_flags.h"
#include "serve/server/server.h"

namespace tandem::app {

struct StartupText {
  bool as_json = false;
  bool explain = false;  // which plan each model follows, and why
};

/// On standard output, as a table for people or as one JSON document.
void report_server(const serve::Server& server, const ListenFlags& listen, const std::string& store,
                   const StartupText& text);

}  // namespace tandem::app
