// SPDX-License-Identifier: Apache-2.0
// SessionFlags: the options of every verb that runs a model: engine, device, threads.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "app/command.h"
#include "base/error.h"
#include "engine/engine.h"

namespace tandem::app {

/// Must outlive the parsing of the command line.
struct SessionFlags {
  std::string engine;  // empty: the first that takes the file
  std::string device = "auto";
  std::string graph_optimization;         // empty: all
  std::string precision;                  // empty: fp32
  std::vector<std::string> gpu;           // KEY=VALUE
  std::vector<std::string> input_shapes;  // NAME=[TYPE:]SHAPE
  int threads = 0;
  bool spin = false;
  bool allow_pickle = false;
  int instances = 0;  // runs at the same time, a flag of the verbs that have one; 0: one

  void add_to(CLI::App& verb);
  /// Of those only what says where it runs and what its inputs are.
  void add_device_options(CLI::App& verb);
  Result<SessionOptions> options() const;
};

/// A loaded model and the engine that runs it (which outlives it).
struct LoadedModel {
  Engine* engine = nullptr;
  std::unique_ptr<Session> session;
};

/// Chooses the engine and loads the model as the flags say, from the file that the engine takes (engine/engine_file.h).
/// preferred  the engine that the model's config names; empty: any. A flag goes before it.
Result<LoadedModel> load_model(const Context& context, const SessionFlags& flags, const std::filesystem::path& weights,
                               const std::string& preferred = {});

}  // namespace tandem::app
