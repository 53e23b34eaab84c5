// SPDX-License-Identifier: Apache-2.0
// The explicit list of engines; no registration by itself.
#include "app/engines.h"

#include "engines/libtorch/libtorch_engine.h"
#include "engines/onnxruntime/onnxruntime_engine.h"
#include "engines/openvino/openvino_engine.h"
#include "engines/python/python_engine.h"
#include "ensemble/ensemble_engine.h"

namespace tandem::app {

EngineRegistry make_engines() {
  EngineRegistry engines;
  engines.add(make_onnxruntime_engine());
  engines.add(make_openvino_engine());
  engines.add(make_python_engine(python_options_from_environment()));
  engines.add(make_libtorch_engine());  // a .pt file with code beside it is for the engine before
  engines.add(make_ensemble_engine(engines.all()));
  return engines;
}

}  // namespace tandem::app
