// SPDX-License-Identifier: Apache-2.0
// BatchTensors: several requests' tensors laid behind one another along axis 0, and the outputs cut up again.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/error.h"
#include "core/buffer.h"
#include "core/tensor.h"

namespace tandem {

/// The rows of a request whose inputs all have the same first dimension, of at least 1, and whole bytes per element.
/// Nothing when the request can only run alone.
std::optional<std::int64_t> batch_rows(std::span<const Tensor> inputs);

/// Whether two requests that have batch_rows() may run together: same dtypes and same dimensions after the first.
bool can_join(std::span<const Tensor> a, std::span<const Tensor> b);

/// Memory for joined inputs, kept from one batch to the next. One thread at a time.
class BatchTensors final {
 public:
  /// Copies each request's rows, once, behind those of the request before it. All can_join() each other.
  /// returns  one tensor per input; they are valid until the next join()
  /// errors   resource_exhausted
  Result<std::vector<Tensor>> join(std::span<const std::span<const Tensor>> requests);

 private:
  Result<Tensor> join_input(std::span<const std::span<const Tensor>> requests, std::size_t input);

  struct Slab {
    AlignedBuffer memory;
    std::size_t size = 0;
  };
  std::vector<Slab> slabs_;  // by input
};

/// Whether every output has `rows` rows, so that it can be cut.
bool splits_into(std::span<const Tensor> outputs, std::int64_t rows);

/// Views of the rows [begin, begin + count) of every output; they keep the whole output's memory alive.
std::vector<Tensor> cut_rows(std::span<const Tensor> outputs, std::int64_t begin, std::int64_t count);

}  // namespace tandem
