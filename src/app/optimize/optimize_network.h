// SPDX-License-Identifier: Apache-2.0
// Network: what `tandem optimize` works on: one ONNX model, or the encoder and the step of a captioner.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/command.h"
#include "base/error.h"
#include "engine/engine.h"
#include "graph/graph.h"
#include "optimize/prune_captioner.h"
#include "pipeline/model_config.h"

namespace tandem::app {

/// One file of a network.
struct NetworkPart {
  std::string name;                         // of the file, without its ending; or in the store
  std::string part;                         // "" when it is the only one, else "encoder", "step"
  std::shared_ptr<const std::string> onnx;  // its bytes
  std::string config;                       // YAML; "" where there is none
};

struct Network {
  std::string name;                // of the model it is or was made of
  std::string label;               // "original", "fp16", "pruned-int8": a row of the table
  std::string precision = "fp32";  // as configs name it
  std::string about;               // what was done to it, in a few words
  std::vector<NetworkPart> parts;  // one, or an encoder and its step
};

/// Where a network is found, and what its files do not say.
struct NetworkFlags {
  std::string model;  // a file, a name in the store, or a checkpoint
  std::string store = "models";
  std::optional<std::int64_t> image_size;  // of a checkpoint's network that takes any
};

/// The model as it is. A model whose config has a step brings this along.
/// Errors: those of find_model, of reading and of converting.
Result<Network> read_network(const NetworkFlags& flags);

/// The captioner of a checkpoint with units cut out and small weights set to 0.
/// Errors: invalid_argument (no checkpoint, or no captioner), those of converting.
Result<Network> read_pruned(const NetworkFlags& flags, const optimize::PruneOptions& options);

/// The part as a graph. It borrows from the part's bytes and keeps them.
Result<graph::Model> read_part(const NetworkPart& part);
Result<std::shared_ptr<const std::string>> write_part(const graph::Model& model);

/// The config of the part whose input is the image; nothing where there is none.
Result<std::optional<ModelConfig>> network_config(const Network& network);

/// The network as one session: of its only part, or as a captioner (app/captioner_session.h).
Result<std::unique_ptr<Session>> load_network(const Network& network, Engine& engine, const SessionOptions& options);

}  // namespace tandem::app
