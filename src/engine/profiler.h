// SPDX-License-Identifier: Apache-2.0
// Profiler: an engine that can say how long each node of a model takes.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "core/dtype.h"
#include "core/shape.h"
#include "core/tensor.h"
#include "engine/options.h"

namespace tandem {

/// What a node was given or has made.
struct ProfiledValue {
  std::string name;                 // "": the engine does not say
  DType dtype = DType::kUndefined;  // kUndefined: the engine does not say, or it is no tensor
  std::optional<Shape> shape = {};  // nothing: the engine does not say
  bool constant = false;            // a weight, or another constant of the model
};

/// One execution of a node.
struct NodeCall {
  std::size_t run = 0;                // of ExecutionProfile::runs
  std::chrono::nanoseconds start{0};  // since the begin of the run
  std::chrono::nanoseconds duration{0};
  std::chrono::nanoseconds inside{0};  // of that, in nodes that it called: the body of an If or a Loop
};

/// A node of the graph that ran, which is rarely the one of the file: engines fuse, fold and change layouts.
struct ProfiledNode {
  std::string name;
  std::string op;                     // as the engine calls it: "Conv", "FusedConv", "Reorder"
  std::string domain;                 // of the operator where there are several; "" is ONNX's own
  std::string kernel;                 // what executed it: "CPUExecutionProvider", "jit_avx512_f32"
  std::vector<ProfiledValue> inputs;  // without optional ones that were left out
  std::vector<ProfiledValue> outputs;
  std::map<std::string, std::vector<std::int64_t>, std::less<>> integers;  // attributes, where the engine tells them
  std::map<std::string, std::string, std::less<>> texts;
  /// Values or nodes of the file whose work this node does, where the engine tells more than the names of the outputs.
  std::vector<std::string> stands_for;
  std::vector<NodeCall> calls;  // in order of time
};

struct ProfiledRun {
  std::chrono::nanoseconds start{0};  // since the begin of the first one
  std::chrono::nanoseconds duration{0};
};

struct ExecutionProfile {
  std::vector<ProfiledNode> nodes;         // in the order in which they first ran
  std::vector<ProfiledRun> runs;           // without those that warmed up
  std::chrono::nanoseconds resolution{1};  // times are whole multiples of it, the rest cut off
  bool has_starts = true;                  // else calls stand one behind the other in the order of the nodes
  std::string session;                     // what was really chosen, as Session::describe() says it
};

struct ProfileOptions {
  std::size_t warmup_runs = 10;
  std::size_t runs = 0;  // 0: as many as fit into `duration`, at least one
  std::chrono::nanoseconds duration = std::chrono::seconds(3);
};

/// What some engines can do beside Engine. Thread-safe.
class Profiler {
 public:
  virtual ~Profiler() = default;

  /// Loads the model, runs it with these inputs again and again, and gives it back: warm-up* measured+. There may be
  /// fewer runs than asked for, when an engine can keep only so many times.
  /// Errors: those of Engine::load and Session::run; internal (the engine's own report cannot be read)
  virtual Result<ExecutionProfile> profile(const std::filesystem::path& model, std::span<const Tensor> inputs,
                                           const SessionOptions& options, const ProfileOptions& profile) = 0;
};

}  // namespace tandem
