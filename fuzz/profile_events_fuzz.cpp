// SPDX-License-Identifier: Apache-2.0
// Any bytes as the report of ONNX Runtime's profiler, and the rest of them as the model that it optimized: no crash,
// and what comes of them lies within its runs.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

#include "engines/onnxruntime/executed_graph.h"
#include "engines/onnxruntime/profile_assembly.h"
#include "engines/onnxruntime/profile_events.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tandem;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // A line of its own parts the two; without one everything is a report.
  const std::size_t cut = std::min(text.find("\n---\n"), size);
  const auto bytes = std::as_bytes(std::span(data, size)).subspan(std::min(cut + 5, size));
  const auto graph = onnxruntime::read_executed_graph(bytes);
  const auto events = onnxruntime::read_profile_events(text.substr(0, cut));
  if (!graph || !events) return 0;
  const auto profile = onnxruntime::assemble_profile(*events, *graph, 1);
  if (!profile) return 0;
  for (const ProfiledNode& node : profile->nodes) {
    for (const NodeCall& call : node.calls) {
      if (call.run >= profile->runs.size() || call.start.count() < 0) std::abort();
    }
  }
  return 0;
}
