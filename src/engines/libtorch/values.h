// SPDX-License-Identifier: Apache-2.0
// Element types and tensors, ours and LibTorch's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "core/dtype.h"
#include "core/tensor.h"

namespace at {
class Tensor;
}
namespace c10 {
struct IValue;
enum class ScalarType : std::int8_t;
}  // namespace c10

namespace tandem::libtorch {

/// kUndefined where Tandem has no such type.
DType to_dtype(c10::ScalarType type);
/// Undefined where LibTorch has no such type.
c10::ScalarType to_scalar_type(DType dtype);

/// The tensor's own memory, which must outlive the result. LibTorch takes no pointer to const; who gives inputs makes
/// sure that nothing is written. May throw what LibTorch throws.
at::Tensor wrap(const Tensor& tensor);

/// The same elements on the CPU, row by row: itself where they already lie so. May throw what LibTorch throws.
/// Errors: unimplemented (a type, or a sparse or quantized tensor).
Result<at::Tensor> to_dense(const at::Tensor& value);

/// A Tensor over the memory of a dense tensor, which it keeps, when nobody else has it; else a copy. May throw what
/// LibTorch throws.
Result<Tensor> unwrap(at::Tensor dense);

/// The tensors of what forward returned, in their order; numbers become tensors of rank 0. A name is the key of a dict
/// or the field of a named tuple, else "". May throw what LibTorch throws. Errors: unimplemented (another value among
/// it), resource_exhausted (deeper or more than any network has).
Status flatten(const c10::IValue& value, std::vector<at::Tensor>& tensors, std::vector<std::string>& names);

}  // namespace tandem::libtorch
