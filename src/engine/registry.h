// SPDX-License-Identifier: Apache-2.0
// EngineRegistry: the engines of this program, by name; app/engines.cpp fills it.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/engine.h"

namespace tandem {

/// Owns the engines. Filled once at start; const afterwards and then thread-safe.
class EngineRegistry final {
 public:
  /// The first engine added is the default.
  void add(std::unique_ptr<Engine> engine);

  /// Errors: not_found, listing the names there are.
  Result<Engine*> find(std::string_view name) const;

  /// The first available engine that takes files like `model` (by extension, lower-cased, and where that says too
  /// little by content). Errors: invalid_argument (no engine takes it), or the reason why the one that takes it is not
  /// available.
  Result<Engine*> for_file(const std::filesystem::path& model) const;

  std::vector<Engine*> all() const;

 private:
  std::vector<std::unique_ptr<Engine>> engines_;
};

}  // namespace tandem
