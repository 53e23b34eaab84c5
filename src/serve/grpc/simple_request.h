// SPDX-License-Identifier: Apache-2.0
// SimpleRequest: the first fields of a request message that holds only texts, numbers and a map of parameters.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tandem::serve {

/// Fields by number, 1 to 4; absent ones are empty. Views of the message.
class SimpleRequest final {
 public:
  /// Errors: invalid_argument (the bytes are no protobuf message).
  static Result<SimpleRequest> read(std::span<const std::byte> message);

  std::string_view text(std::size_t number) const { return texts_[number]; }
  std::uint64_t number(std::size_t number) const { return numbers_[number]; }
  /// The entries of a map: all messages that stood in field `number`.
  std::vector<std::span<const std::byte>> entries(std::uint32_t number) const;

 private:
  static constexpr std::size_t kFields = 5;  // the first is not used
  std::span<const std::byte> message_;
  std::array<std::string_view, kFields> texts_;
  std::array<std::uint64_t, kFields> numbers_{};
};

}  // namespace tandem::serve
