// SPDX-License-Identifier: Apache-2.0
// Weights: a checkpoint's tensors as float32 by name, which of them a network has taken, and which it misses.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "formats/named_tensor.h"

namespace tandem {
class MappedFile;
struct Checkpoint;
}  // namespace tandem

namespace tandem::convert {

/// A tensor that a network needs and a checkpoint lacks.
struct MissingTensor {
  std::string name;
  Shape shape;  // as the network expects it
};

/// Not thread-safe.
class Weights final {
 public:
  /// Later entries of the same name win, as in a Python dict.
  /// source  the file in which borrowed tensors lie; may be null
  explicit Weights(std::vector<NamedTensor> tensors, std::shared_ptr<const MappedFile> source = nullptr);

  bool has(std::string_view name) const { return find(name) != nullptr; }
  /// The shape; null when there is no such tensor.
  const Shape* shape(std::string_view name) const;
  /// Size of one dimension. Errors: invalid_argument (missing, or of another rank).
  Result<std::int64_t> dim(std::string_view name, std::size_t rank, std::size_t axis) const;

  /// The tensor in float32 (float64, float16 and bfloat16 are converted); borrowed where it is float32 already.
  /// One that is missing is zeros, and stands among missing() from then on, so that one run finds all of them.
  /// Errors: invalid_argument when it has another shape or is no floating-point tensor; resource_exhausted when
  /// those that are missing would need more memory than any network.
  Result<Tensor> take(const std::string& name, const Shape& expected);

  /// A taken tensor was copied into another form: where it lies in the source file, its memory goes back to the system.
  void done_with(const Tensor& taken) const;

  /// Whatever begins with the prefix is known and not needed: what only training uses.
  void leave(std::string_view prefix);

  /// What take() was asked for and the checkpoint lacks, in the order of asking, with the expected shapes.
  const std::vector<MissingTensor>& missing() const { return missing_; }
  /// The floating-point tensors that were neither taken nor left, sorted. Integers are counters and indices, which
  /// networks of fixed shape know without them.
  std::vector<std::string> unused() const;
  /// All names, sorted.
  std::vector<std::string_view> names() const;
  std::size_t parameter_count() const;

 private:
  struct Entry {
    Tensor tensor;
    bool taken = false;
  };
  const Entry* find(std::string_view name) const;
  /// Zeros in place of a tensor that is missing.
  Result<Tensor> stand_in(const std::string& name, const Shape& expected);

  std::map<std::string, Entry, std::less<>> entries_;
  std::shared_ptr<const MappedFile> source_;
  std::vector<MissingTensor> missing_;
  std::int64_t missing_elements_ = 0;
};

/// The tensors of a checkpoint, over the same memory, and the file in which they lie.
Weights weights_of(const Checkpoint& checkpoint);

}  // namespace tandem::convert
