// SPDX-License-Identifier: Apache-2.0
// Hdf5File: the groups, datasets and attributes of an HDF5 file as h5py writes it for Keras; strict, bounded.
// Which structures are read, and which refused: docs/formats/hdf5.md.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "formats/hdf5/datatype.h"
#include "formats/hdf5/storage.h"
#include "formats/named_tensor.h"

namespace tandem::hdf5 {

struct Limits {
  std::size_t objects = std::size_t{1} << 18;
  std::size_t depth = 32;  // of groups in groups
  std::size_t path_bytes = 1U << 12;
};

/// A group or a dataset.
struct Object {
  std::string path;  // "layers/dense/vars/0"; "" is the root
  bool is_dataset = false;
  std::vector<NamedTensor> attributes;  // numbers and strings
  Datatype type;                        // of a dataset
  Shape shape;                          // of a dataset
  Storage storage;                      // of a dataset

  const Tensor* attribute(std::string_view name) const { return find_tensor(attributes, name); }
  /// What the elements become; undefined when they are nothing that weights are made of. Bfloat16 is what Keras makes
  /// of two opaque bytes and the attribute dtype = "bfloat16".
  DType dtype() const;
};

/// Everything but the elements of datasets is read and checked when the file is opened. Immutable; thread-safe.
class File final {
 public:
  /// Borrows the bytes; `owner` (may be null: the caller guarantees the lifetime) is kept by the tensors.
  /// Errors: invalid_argument (damaged, and where), unimplemented (what h5py does not write by default),
  /// resource_exhausted (limits, structures read over and over).
  static Result<File> open(std::span<const std::byte> bytes, std::shared_ptr<const void> owner = nullptr,
                           const Limits& limits = {});

  /// By path; null when there is none.
  const Object* find(std::string_view path) const;
  /// Sorted by path.
  const std::map<std::string, Object, std::less<>>& objects() const { return objects_; }
  /// The names in a group, sorted; none for what is no group.
  std::vector<std::string> names_in(std::string_view group) const;

  /// The elements, borrowed from the file where they lie in it as they are needed.
  /// Errors: invalid_argument, unimplemented (a datatype that no weights have), resource_exhausted.
  Result<Tensor> read(const Object& dataset) const;

 private:
  File() = default;
  std::span<const std::byte> bytes_;
  std::shared_ptr<const void> owner_;
  std::map<std::string, Object, std::less<>> objects_;
};

/// A path below a group: join("", "a") is "a".
std::string join(std::string_view group, std::string_view name);

}  // namespace tandem::hdf5
