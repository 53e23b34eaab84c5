// SPDX-License-Identifier: Apache-2.0
// One block after the other: a continuation message queues its block.
#include "formats/hdf5/object_header.h"

#include <fmt/format.h>

namespace tandem::hdf5 {
namespace {

constexpr std::string_view kObjectHeader = "object header";
constexpr std::size_t kMaxMessages = 1U << 16;
constexpr std::size_t kMaxBlocks = 4096;

struct Block {
  std::uint64_t address = 0;
  std::uint64_t size = 0;
};

struct Reading {
  Metadata& file;
  std::vector<Block> blocks;  // still to be read are those from `next` on
  std::size_t next = 0;
  std::vector<Message> messages;
};

Status add_message(Reading& reading, Message message) {
  if (message.type == MessageType::kContinuation) {
    Cursor cursor(message.data, kObjectHeader);
    const std::uint64_t address = TRY(cursor.u64());
    const std::uint64_t size = TRY(cursor.u64());
    reading.blocks.push_back({address, size});
    if (reading.blocks.size() > kMaxBlocks) {
      return fail(Code::kResourceExhausted, "HDF5: an object header has more than 4096 pieces");
    }
    return {};
  }
  reading.messages.push_back(message);
  if (reading.messages.size() > kMaxMessages) {
    return fail(Code::kResourceExhausted, "HDF5: an object header has more than 65536 messages");
  }
  return {};
}

Status read_messages_v1(Reading& reading, Cursor cursor) {
  while (cursor.remaining() >= 8) {
    Message message;
    message.type = static_cast<MessageType>(TRY(cursor.u16()));
    const std::uint16_t size = TRY(cursor.u16());
    message.shared = (TRY(cursor.u8()) & 2U) != 0;
    TRY(cursor.skip(3));
    message.data = TRY(cursor.take(size));
    TRY(add_message(reading, message));
  }
  return {};
}

Status read_header_v1(Reading& reading, std::uint64_t address) {
  Cursor cursor(TRY(reading.file.at(address, 16, kObjectHeader)), kObjectHeader);
  TRY(cursor.version(1));
  TRY(cursor.skip(7));  // reserved, count of messages, count of references
  const std::uint32_t size = TRY(cursor.u32());
  reading.blocks.push_back({address + 16, size});
  for (; reading.next < reading.blocks.size(); ++reading.next) {
    const Block block = reading.blocks[reading.next];
    TRY(read_messages_v1(reading,
                         Cursor(TRY(reading.file.at(block.address, block.size, kObjectHeader)), kObjectHeader)));
  }
  return {};
}

Status read_messages_v2(Reading& reading, Cursor cursor, bool has_creation_order) {
  const std::size_t head = has_creation_order ? 6 : 4;
  while (cursor.remaining() >= head) {  // what is shorter is a gap
    Message message;
    message.type = static_cast<MessageType>(TRY(cursor.u8()));
    const std::uint16_t size = TRY(cursor.u16());
    message.shared = (TRY(cursor.u8()) & 2U) != 0;
    if (has_creation_order) TRY(cursor.skip(2));
    message.data = TRY(cursor.take(size));
    TRY(add_message(reading, message));
  }
  return {};
}

Status read_header_v2(Reading& reading, std::uint64_t address) {
  Cursor cursor(TRY(reading.file.from(address, kObjectHeader)), kObjectHeader);
  const std::size_t whole = cursor.remaining();
  TRY(cursor.signature("OHDR"));
  TRY(cursor.version(2));
  const std::uint8_t flags = TRY(cursor.u8());
  if ((flags & 0x20U) != 0) TRY(cursor.skip(16));  // times
  if ((flags & 0x10U) != 0) TRY(cursor.skip(4));   // when attributes become dense
  const std::uint64_t size = TRY(cursor.number(std::size_t{1} << (flags & 3U)));
  const bool has_creation_order = (flags & 4U) != 0;
  const std::uint64_t begin = address + (whole - cursor.remaining());
  TRY(read_messages_v2(reading, Cursor(TRY(reading.file.at(begin, size, kObjectHeader)), kObjectHeader),
                       has_creation_order));
  for (; reading.next < reading.blocks.size(); ++reading.next) {
    const Block block = reading.blocks[reading.next];
    constexpr std::uint64_t kSignatureAndChecksum = 8;
    if (block.size < kSignatureAndChecksum) return invalid_argument("HDF5: a piece of an object header is too small");
    Cursor piece(TRY(reading.file.at(block.address, block.size, kObjectHeader)), kObjectHeader);
    TRY(piece.signature("OCHK"));
    Cursor messages(TRY(piece.take(block.size - kSignatureAndChecksum)), kObjectHeader);
    TRY(read_messages_v2(reading, messages, has_creation_order));
  }
  return {};
}

}  // namespace

Result<std::vector<Message>> read_object_header(Metadata& file, std::uint64_t address) {
  Reading reading{file, {}, 0, {}};
  const auto begin = TRY(file.from(address, kObjectHeader));
  const bool is_v2 = as_text(begin).starts_with("OHDR");
  TRY(is_v2 ? read_header_v2(reading, address) : read_header_v1(reading, address));
  return std::move(reading.messages);
}

Result<const Message*> find_message(std::span<const Message> messages, MessageType type) {
  const Message* found = nullptr;
  for (const Message& message : messages) {
    if (message.type != type) continue;
    if (found != nullptr) return invalid_argument("HDF5: an object header says the same thing twice: it is damaged");
    found = &message;
  }
  if (found != nullptr && found->shared) {
    return fail(Code::kUnimplemented, "HDF5: shared messages (committed datatypes) are not read; h5py writes none");
  }
  return found;
}

}  // namespace tandem::hdf5
