// SPDX-License-Identifier: Apache-2.0
// EnvelopeMemory: the JSON parts that one thread has read lately, because clients send the same one with every tensor.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "serve/v2/infer_envelope.h"

namespace tandem::serve {

/// A client that asks again with a tensor of the same shape sends the same JSON part, byte for byte; reading it is a
/// fifth of what such a request costs. What a text means depends on nothing else, so nothing here can grow old.
class EnvelopeMemory final {
 public:
  /// What read_envelope made of this text; valid until the next offer(). Null: it is not kept.
  const Envelope* find(std::string_view json) const;

  /// May take what read_envelope made of `json`, and returns where it lies then: here or still in `envelope`. Never
  /// takes what has values or an id in it: such texts do not come again. Of others one in kOffersPerKeep, so that texts
  /// that change all the time cost next to nothing and those that come again are soon here.
  const Envelope& offer(std::string_view json, Envelope& envelope);

 private:
  static constexpr std::size_t kKept = 8;
  static constexpr std::size_t kLongestText = 1024;
  static constexpr std::size_t kOffersPerKeep = 4;
  struct Kept {
    std::string text;
    Envelope envelope;
  };
  std::array<Kept, kKept> kept_;
  std::size_t offers_ = 0;
};

}  // namespace tandem::serve
