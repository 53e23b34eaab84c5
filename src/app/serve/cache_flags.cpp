// SPDX-License-Identifier: Apache-2.0
// The flag of the response cache.
#include "app/serve/cache_flags.h"

#include <CLI/CLI.hpp>

namespace tandem::app {

void CacheFlags::add_to(CLI::App& verb) {
  verb.add_option("--response-cache-mb", megabytes,
                  "Remember answers by the content of their requests, in that many MiB, for every model that does not "
                  "refuse it; 0: for none. Without the flag: 64 MiB for models with response_cache: {enable: true}")
      ->check(CLI::Range(0, 1 << 20))
      ->type_name("MIB");
}

Status CacheFlags::apply_to(serve::ServerOptions& options) const {
  options.cache.emplace();
  if (!megabytes) return {};
  if (*megabytes == 0) {
    options.cache.reset();
    return {};
  }
  options.cache->limit_bytes = *megabytes << 20;
  options.cache->all_models = true;
  return {};
}

}  // namespace tandem::app
