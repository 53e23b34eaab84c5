// SPDX-License-Identifier: Apache-2.0
// ModelControl: what an administrator may do to the models of a running server, over whichever protocol.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"

namespace tandem::serve {

/// The parameters of a load call (model repository extension). Empty: as the store has it.
struct LoadParameters {
  std::string config;                        // JSON that replaces the model's own settings; "": none
  std::map<std::string, std::string> files;  // bytes by path below the model, "1/model.onnx"; only with `config`
};

/// Thread-safe. Both calls return at once and answer later, on another thread: loading takes seconds.
class ModelControl {
 public:
  using Done = std::function<void(Status)>;

  virtual ~ModelControl() = default;

  /// Loads a model, or loads it anew. The one before serves until the new one has warmed up and passed its self-test,
  /// and answers what it accepted; when loading fails it stays.
  /// errors   not_found, unavailable (explicit control is off), and those of loading, with the reason
  virtual void load(std::string_view name, LoadParameters parameters, Done done) = 0;

  /// Serves no version of the model any more, and with `dependents` none of the models that it is made of, unless
  /// another model that stays is made of them; answered when what it had accepted is answered. errors   not_found,
  /// unavailable (explicit control is off)
  virtual void unload(std::string_view name, bool dependents, Done done) = 0;
};

}  // namespace tandem::serve
