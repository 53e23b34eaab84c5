// SPDX-License-Identifier: Apache-2.0
// RewritingEngine: an engine whose models pass through graph::Model first, so that every case also tests our reader,
// verifier and writer of ONNX, and what is done to graphs.
#pragma once

#include <functional>
#include <memory>

#include "engine/engine.h"
#include "graph/graph.h"

namespace tandem::conformance {

/// Changes a model that has just been read.
using Rewrite = std::function<Status(graph::Model&)>;

/// Loads with `inner` what write_onnx makes of what read_onnx read and `rewrite` changed.
std::unique_ptr<Engine> make_rewriting_engine(std::unique_ptr<Engine> inner, Rewrite rewrite);

/// Holds the shapes and types of outputs against what infer_shapes said of the model.
std::unique_ptr<Engine> make_shape_checking_engine(std::unique_ptr<Engine> inner);

/// Nothing; the passes of graph/passes; the opset, where the model can be written in it.
Status rewrite_nothing(graph::Model& model);
Status rewrite_simplified(graph::Model& model);
Rewrite rewrite_in_opset(std::int64_t opset);

}  // namespace tandem::conformance
