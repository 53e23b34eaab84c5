// SPDX-License-Identifier: Apache-2.0
// The flags of the protocol's extensions.
#include "app/serve/protocol_flags.h"

#include <CLI/CLI.hpp>

namespace tandem::app {

void ProtocolFlags::add_to(CLI::App& verb) {
  verb.add_flag("--shared-memory", shared_memory,
                "Clients on this machine may leave tensors in shared memory (docs/formats/v2-http.md)");
  verb.add_option("--trace-file", trace_file, "Where the trace extension writes sampled requests")->type_name("FILE");
}

void ProtocolFlags::apply_to(serve::ServerOptions& options) const {
  options.shared_memory = shared_memory;
  options.trace_file = trace_file;
}

}  // namespace tandem::app
