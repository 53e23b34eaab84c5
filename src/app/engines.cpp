// SPDX-License-Identifier: Apache-2.0
// The explicit list of engines; no registration by itself.
#include "app/engines.h"

#include "engines/onnxruntime/onnxruntime_engine.h"

namespace tandem::app {

EngineRegistry make_engines() {
  EngineRegistry engines;
  engines.add(make_onnxruntime_engine());
  return engines;
}

}  // namespace tandem::app
