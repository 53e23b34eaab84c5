// SPDX-License-Identifier: Apache-2.0
// MessageMemory: what one thread has lately read of ModelInferRequests, because clients send the same one with every
// tensor.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "serve/grpc/infer_message.h"

namespace tandem::serve {

/// A message read, and the bytes of its tensors that no entry of raw contents names.
struct KnownMessage {
  const InferMessage* message = nullptr;
  std::span<const std::byte> tensors;
};

/// A client that asks again with a tensor of the same shape sends the same bytes up to that tensor. When it is the only
/// one and stands at the end, these bytes and the message's size say everything else. What EnvelopeMemory is to JSON.
class MessageMemory final {
 public:
  /// Valid until the next offer(); nothing: it is not kept.
  std::optional<KnownMessage> find(std::span<const std::byte> message) const;

  /// May keep what read_infer_message made of `bytes`. Never one with an id, which does not come again, nor one whose
  /// only tensor does not stand at its end; of others one in kOffersPerKeep.
  void offer(std::span<const std::byte> bytes, const InferMessage& message);

 private:
  static constexpr std::size_t kKept = 8;
  static constexpr std::size_t kLongestText = 1024;
  static constexpr std::size_t kOffersPerKeep = 4;
  struct Kept {
    std::string text;  // up to the tensor; the message's views point into it
    std::size_t message_bytes = 0;
    InferMessage message;
  };
  std::array<Kept, kKept> kept_;
  std::size_t offers_ = 0;
};

}  // namespace tandem::serve
