// SPDX-License-Identifier: Apache-2.0
// The names that torch's files use for element types.
#pragma once

#include <optional>
#include <string_view>

#include "core/dtype.h"

namespace tandem {

/// "FloatStorage" -> float32; of QInt8Storage and its like the integers that it holds; bytes for UntypedStorage.
std::optional<DType> torch_storage_dtype(std::string_view name);
/// "float8_e4m3fn", as in torch.float8_e4m3fn.
std::optional<DType> torch_dtype(std::string_view name);

/// Whether a pickled global is one that torch.save itself writes for data, and that this reader understands.
/// dotted_name  "torch._utils._rebuild_tensor_v2"
bool is_known_torch_global(std::string_view dotted_name);

}  // namespace tandem
