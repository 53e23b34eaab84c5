// SPDX-License-Identifier: Apache-2.0
// The table of operators: one function an operator or family of operators; a new one is a line in its family's file.
#pragma once

#include <span>
#include <string_view>

#include "convert/aten/operation.h"

namespace tandem::convert::aten {

/// Reads the arguments, appends nodes of opset 17, and gives every output that somebody reads.
/// Errors: those of Operation; unimplemented (a variant that ONNX cannot express, by Operation::refuse).
using Lower = Status (*)(Operation& operation);

struct Operator {
  std::string_view name;  // "relu" for every overload and for relu_, or "add.Tensor" for one; "torchvision::nms"
  Lower lower;
};

/// The operator of a call: that of its overload, of its name, or of the plain form of an in-place one. Null: unknown.
const Operator* find_operator(const Call& call);

/// X(family): each is defined in its file as `std::span<const Operator> family_operators()`.
#define TANDEM_ATEN_FAMILIES(X) \
  X(activation)                 \
  X(arithmetic)                 \
  X(attention)                  \
  X(axes)                       \
  X(comparison)                 \
  X(control)                    \
  X(convolution)                \
  X(creation)                   \
  X(detection)                  \
  X(einsum)                     \
  X(elementwise)                \
  X(functions)                  \
  X(fused_attention)            \
  X(identity)                   \
  X(indexing)                   \
  X(layer_normalization)        \
  X(linear)                     \
  X(normalization)              \
  X(ordering)                   \
  X(padding)                    \
  X(permutation)                \
  X(pooling)                    \
  X(products)                   \
  X(recurrent)                  \
  X(recurrent_cells)            \
  X(reduction)                  \
  X(resampling)                 \
  X(reshaping)                  \
  X(scattering)                 \
  X(sizes)                      \
  X(slicing)                    \
  X(statistics)                 \
  X(writing)

#define TANDEM_DECLARE_FAMILY(family) std::span<const Operator> family##_operators();
TANDEM_ATEN_FAMILIES(TANDEM_DECLARE_FAMILY)
#undef TANDEM_DECLARE_FAMILY

}  // namespace tandem::convert::aten
