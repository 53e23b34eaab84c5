// SPDX-License-Identifier: Apache-2.0
// Element types and tensors, ours and OpenVINO's.
#pragma once

#include <cstddef>
#include <memory>

#include "base/error.h"
#include "core/dtype.h"
#include "core/shape.h"
#include "core/tensor.h"

namespace ov {
class PartialShape;
class Tensor;
namespace element {
class Type;
}
}  // namespace ov

namespace tandem::openvino {

/// kUndefined where Tandem has no such type.
DType to_dtype(const ov::element::Type& type);
/// element::dynamic where OpenVINO has no such type.
ov::element::Type to_element_type(DType dtype);

SymbolicShape to_symbolic_shape(const ov::PartialShape& shape);

/// The tensor's own memory as an ov::Tensor; it must outlive that. May throw what OpenVINO throws.
ov::Tensor wrap(const Tensor& tensor);

/// A Tensor over the memory of `value`, which it keeps; of strings, a copy. Errors: unimplemented (its element type)
Result<Tensor> unwrap(const ov::Tensor& value);

}  // namespace tandem::openvino
