// SPDX-License-Identifier: Apache-2.0
// Engine and Session: the one interface behind which every inference runtime stands.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "core/model_info.h"
#include "core/tensor.h"
#include "engine/options.h"

namespace tandem {

/// One loaded model. Thread-safe: run() may be called from several threads at once.
class Session {
 public:
  virtual ~Session() = default;

  /// What the model is; does not change.
  virtual const ModelInfo& info() const = 0;

  /// What was really chosen: "cpu, 2 threads, graph optimization all". For people.
  virtual std::string describe() const = 0;

  /// How many cores of this machine one run() keeps busy; 0: none, the work is done on a GPU.
  virtual int cores() const { return 1; }

  /// How many run() at once keep it busy, when it is more than one for each instance: a model whose steps run in
  /// processes of their own takes the next request while the last one's results are still being made.
  virtual int calls_at_once() const { return 1; }

  /// Runs the model once.
  /// inputs   one per info().inputs, in that order; an optional input may be an empty tensor; borrowed until return
  /// outputs  one per info().outputs, in that order. A non-empty tensor is the caller's memory: the result is written
  /// there
  ///          and its dtype and shape must be those of the result. An empty tensor is replaced by one that owns its
  ///          memory.
  /// errors   invalid_argument (count, dtype or shape, with expected and got), resource_exhausted, internal
  virtual Status run(std::span<const Tensor> inputs, std::span<Tensor> outputs) = 0;

  /// The same, with all outputs allocated by the engine.
  Result<std::vector<Tensor>> run(std::span<const Tensor> inputs);
};

/// What an engine can use on this machine.
struct EngineDevice {
  Device device = Device::kCpu;
  int id = 0;
  std::string description;  // "AMD EPYC", "NVIDIA H200"
};

/// A runtime that loads models. Thread-safe. Lives as long as any of its sessions.
class Engine {
 public:
  virtual ~Engine() = default;

  virtual std::string_view name() const = 0;  // "onnxruntime"
  virtual std::string version() const = 0;    // "1.31.1"; "" when not available
  virtual std::string_view description() const = 0;

  /// Whether it can be used here; else unimplemented or unavailable, with how to get it.
  virtual Status available() const = 0;
  virtual std::vector<EngineDevice> devices() const = 0;

  /// Whether it takes files of this extension (".onnx", lower case).
  virtual bool supports(std::string_view extension) const = 0;

  /// Whether it takes this very file: of the kinds that end alike, the content tells which it is.
  virtual bool supports_file(const std::filesystem::path& model) const;

  /// Whether a session runs one call at a time for each of SessionOptions::instances; else it runs any number.
  virtual bool copies_for_instances() const { return false; }

  /// Whether several instances cost so little that a server may try whether they are quicker, without being asked to.
  virtual bool instances_are_cheap() const { return !copies_for_instances(); }

  /// Errors: not_found (no file), invalid_argument (not a model, or one it cannot run), failed_precondition (device).
  virtual Result<std::unique_ptr<Session>> load(const std::filesystem::path& model, const SessionOptions& options) = 0;

  /// The model file's bytes instead of a path; they are not needed after return.
  virtual Result<std::unique_ptr<Session>> load_bytes(std::span<const std::byte> model,
                                                      const SessionOptions& options) = 0;
};

}  // namespace tandem
