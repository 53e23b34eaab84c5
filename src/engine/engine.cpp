// SPDX-License-Identifier: Apache-2.0
// The run() that allocates.
#include "engine/engine.h"

namespace tandem {

Result<std::vector<Tensor>> Session::run(std::span<const Tensor> inputs) {
  std::vector<Tensor> outputs(info().outputs.size());
  TRY(run(inputs, outputs));
  return outputs;
}

}  // namespace tandem
