// SPDX-License-Identifier: Apache-2.0
// Looks engines up by name and by what they can load.
#include "engine/registry.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/engine_file.h"

namespace tandem {

void EngineRegistry::add(std::unique_ptr<Engine> engine) { engines_.push_back(std::move(engine)); }

Result<Engine*> EngineRegistry::find(std::string_view name) const {
  std::vector<std::string_view> names;
  for (const auto& engine : engines_) {
    if (engine->name() == name) return engine.get();
    names.push_back(engine->name());
  }
  return not_found(fmt::format("no engine '{}': this program has {}", name, fmt::join(names, ", ")));
}

Result<Engine*> EngineRegistry::for_file(const std::filesystem::path& model) const {
  const std::string extension = lower_extension(model);
  Status reason = invalid_argument(
      fmt::format("no engine loads '{}' files ({}); convert the model to ONNX first", extension, model.string()));
  Engine* closest = nullptr;  // takes such files, but not this one: it says what is wrong with it
  for (const auto& engine : engines_) {
    if (!engine->supports(extension)) continue;
    const Status available = engine->available();
    if (!available) {
      reason = available;
    } else if (engine->supports_file(model)) {
      return engine.get();
    } else if (closest == nullptr) {
      closest = engine.get();
    }
  }
  if (closest != nullptr) return closest;
  return fail(std::move(reason).error());
}

std::vector<Engine*> EngineRegistry::all() const {
  std::vector<Engine*> engines;
  for (const auto& engine : engines_) engines.push_back(engine.get());
  return engines;
}

}  // namespace tandem
