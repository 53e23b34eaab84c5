// SPDX-License-Identifier: Apache-2.0
// Which model the requests of a name are compared with; it may be one that is served, or one that answers no client.
#include <fmt/format.h>

#include <utility>

#include "base/log.h"
#include "serve/models/life_cycle.h"

namespace tandem::serve {

/// reload  the model's files may have changed
void LifeCycle::set_shadow(const std::string& name, Known& known, bool reload) {
  const auto by_operator = options_.shadows.find(name);
  std::optional<ShadowConfig> config = known.rollout.shadow;
  if (by_operator != options_.shadows.end()) config = by_operator->second;
  if (reload || config != known.shadow) known.shadow_model.reset();
  known.shadow = config;
  if (!config) return shadows_.set(name, std::nullopt);
  auto model = find_shadow(name, known, *config);
  if (!model) {
    log::error("a shadow could not be loaded", {{"model", name}, {"reason", model.error().message}});
    states_.set_note(name, fmt::format("its shadow could not be loaded: {}", model.error().message));
    return shadows_.set(name, std::nullopt);
  }
  shadows_.set(name, ShadowTarget{config->share, std::move(*model)});
}

Result<std::shared_ptr<const LoadedModel>> LifeCycle::find_shadow(const std::string& name, Known& known,
                                                                  const ShadowConfig& config) {
  if (known.shadow_model) return known.shadow_model;
  const ServedName served = served_now(name);
  if (served.versions.empty()) return fail(Code::kUnavailable, "there is no version to compare it with");
  const std::string version = config.version.empty() ? served.versions.back()->version : config.version;
  if (const auto* model = served.find(version); model != nullptr && config.engine.empty()) return *model;
  std::string tested;
  auto loaded = TRY(load_version(name, version, {config.engine, nullptr}, tested));
  known.shadow_model = reaper_->adopt(std::move(loaded), [] {});
  return known.shadow_model;
}

}  // namespace tandem::serve
