// SPDX-License-Identifier: Apache-2.0
// WeightBorrower: an engine that can load a model whose weights stay in the caller's memory.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "engine/engine.h"

namespace tandem {

/// A weight that the model's message says to lie in a file called "weights", which there need not be. Borrowed: lives
/// as long as the session.
struct BorrowedWeight {
  std::string name;
  const Tensor* tensor = nullptr;
};

/// What some engines can do beside Engine. For a single look at a large model: weights are neither copied nor put into
/// another order, and memory goes back after each operator, so runs are slower.
class WeightBorrower {
 public:
  virtual ~WeightBorrower() = default;

  /// model    the message; not needed after return
  /// weights  all that it says lie outside, one behind the other
  /// Errors: those of Engine::load_bytes.
  virtual Result<std::unique_ptr<Session>> load_borrowing(std::span<const std::byte> model,
                                                          std::span<const BorrowedWeight> weights) = 0;
};

}  // namespace tandem
