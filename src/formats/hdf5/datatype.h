// SPDX-License-Identifier: Apache-2.0
// Datatypes and dataspaces: of what kind the elements are, and how many there are of them.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "core/dtype.h"
#include "core/shape.h"
#include "formats/hdf5/metadata.h"

namespace tandem::hdf5 {

enum class TypeClass {
  kNumber,          // `dtype` says which
  kBoolean,         // h5py's: an enumeration FALSE = 0, TRUE = 1 over one byte
  kFixedString,     // `size` bytes each
  kVariableString,  // in the global heap
  kOpaque,          // bytes without meaning; Keras puts bfloat16 into them
  kOther,           // nothing that weights are made of; only reading it is an error
};

struct Datatype {
  TypeClass type_class = TypeClass::kOther;
  DType dtype = DType::kUndefined;  // of numbers, booleans and strings
  std::uint32_t size = 0;           // of one element, in bytes
  bool big_endian = false;
  bool space_padded = false;  // fixed strings; else they end at the first NUL
};

/// Errors: invalid_argument, unimplemented (a version that is not known).
Result<Datatype> read_datatype(Cursor& cursor);

/// At most 32 dimensions. A scalar has rank 0; the null dataspace is the shape [0].
/// Errors: invalid_argument, resource_exhausted (more elements than int64 counts).
Result<Shape> read_dataspace(Cursor& cursor);

}  // namespace tandem::hdf5
