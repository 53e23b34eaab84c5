// SPDX-License-Identifier: Apache-2.0
// A handful of beginnings, compared one by one.
#include "serve/grpc/message_memory.h"

#include <algorithm>

#include "base/bytes.h"

namespace tandem::serve {
namespace {

/// Where the only tensor begins that came raw and ends the message; nothing when there is no such.
std::optional<std::size_t> tensor_at_end(std::span<const std::byte> bytes, const InferMessage& message) {
  if (message.envelope.id || message.envelope.inputs.size() != 1) return std::nullopt;
  const EnvelopeInput& input = message.envelope.inputs[0];
  if (!input.raw || input.raw->empty() || input.raw->data() + input.raw->size() != bytes.data() + bytes.size()) {
    return std::nullopt;
  }
  return bytes.size() - input.raw->size();
}

/// The input's bytes are those behind the message, as with JSON.
Envelope with_tensor_behind(const Envelope& read) {
  Envelope envelope;
  EnvelopeInput& input = envelope.inputs.emplace_back();
  input.name = read.inputs[0].name;
  input.datatype = read.inputs[0].datatype;
  input.shape = read.inputs[0].shape;
  input.binary_data_size = read.inputs[0].raw->size();
  envelope.outputs = read.outputs;
  envelope.binary_data_output = read.binary_data_output;
  envelope.timeout_us = read.timeout_us;
  envelope.priority = read.priority;
  return envelope;
}

}  // namespace

std::optional<KnownMessage> MessageMemory::find(std::span<const std::byte> message) const {
  const std::string_view bytes = as_text(message);
  for (const Kept& kept : kept_) {
    if (kept.message_bytes != bytes.size() || kept.text.empty() || !bytes.starts_with(kept.text)) continue;
    return KnownMessage{&kept.message, message.subspan(kept.text.size())};
  }
  return std::nullopt;
}

void MessageMemory::offer(std::span<const std::byte> bytes, const InferMessage& message) {
  const auto tensor = tensor_at_end(bytes, message);
  if (!tensor || *tensor > kLongestText) return;
  const std::size_t offer = offers_++;
  if (offer % kOffersPerKeep != 0) return;
  Kept& oldest = kept_[offer / kOffersPerKeep % kKept];
  oldest.text = as_text(bytes.first(*tensor));
  oldest.message_bytes = bytes.size();
  const auto kept_view = [&](std::string_view view) -> std::string_view {
    if (view.empty()) return {};
    return std::string_view(oldest.text)
        .substr(static_cast<std::size_t>(view.data() - as_text(bytes).data()), view.size());
  };
  oldest.message.model_name = kept_view(message.model_name);
  oldest.message.model_version = kept_view(message.model_version);
  oldest.message.envelope = with_tensor_behind(message.envelope);
  oldest.message.wants_final_mark = message.wants_final_mark;
}

}  // namespace tandem::serve
