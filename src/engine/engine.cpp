// SPDX-License-Identifier: Apache-2.0
// The run() that allocates.
#include "engine/engine.h"

#include "engine/engine_file.h"

namespace tandem {

Result<std::vector<Tensor>> Session::run(std::span<const Tensor> inputs) {
  std::vector<Tensor> outputs(info().outputs.size());
  TRY(run(inputs, outputs));
  return outputs;
}

bool Engine::supports_file(const std::filesystem::path& model) const { return supports(lower_extension(model)); }

}  // namespace tandem
