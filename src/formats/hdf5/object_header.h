// SPDX-License-Identifier: Apache-2.0
// Object headers: the messages that say what a group or dataset is.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "formats/hdf5/metadata.h"

namespace tandem::hdf5 {

enum class MessageType : std::uint16_t {
  kDataspace = 0x0001,
  kLinkInfo = 0x0002,
  kDatatype = 0x0003,
  kLink = 0x0006,
  kExternalFiles = 0x0007,
  kLayout = 0x0008,
  kFilters = 0x000B,
  kAttribute = 0x000C,
  kContinuation = 0x0010,
  kSymbolTable = 0x0011,
  kAttributeInfo = 0x0015,
};

struct Message {
  MessageType type{};
  bool shared = false;  // the data only says where the message is
  std::span<const std::byte> data;
};

/// The messages of the header at `address`, versions 1 and 2, with its continuations. Checksums are not looked at.
Result<std::vector<Message>> read_object_header(Metadata& file, std::uint64_t address);

/// The only message of that type; null when there is none. Errors: invalid_argument when there are several,
/// unimplemented when it is shared.
Result<const Message*> find_message(std::span<const Message> messages, MessageType type);

}  // namespace tandem::hdf5
