// SPDX-License-Identifier: Apache-2.0
// Where a field stands twice the last one counts, as protobuf has it.
#include "serve/grpc/simple_request.h"

#include "base/protobuf_wire.h"

namespace tandem::serve {

Result<SimpleRequest> SimpleRequest::read(std::span<const std::byte> message) {
  SimpleRequest request;
  request.message_ = message;
  ProtobufReader reader(message);
  while (const auto field = reader.next()) {
    if (field->number >= kFields) continue;
    if (field->wire == ProtobufField::Wire::kBytes) {
      request.texts_[field->number] = field->text();
    } else if (field->wire == ProtobufField::Wire::kVarint) {
      request.numbers_[field->number] = field->value;
    }
  }
  if (reader.damaged()) return invalid_argument("the message is not a protobuf message");
  return request;
}

std::vector<std::span<const std::byte>> SimpleRequest::entries(std::uint32_t number) const {
  std::vector<std::span<const std::byte>> found;
  ProtobufReader reader(message_);
  while (const auto field = reader.next()) {
    if (field->is(number, ProtobufField::Wire::kBytes)) found.push_back(field->bytes);
  }
  return found;
}

}  // namespace tandem::serve
