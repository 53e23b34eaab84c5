// SPDX-License-Identifier: Apache-2.0
// A list for each size; the head in front of a piece says which.
#include "serve/http2/frame_memory.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

namespace tandem::serve {

FrameMemory::~FrameMemory() {
  for (Kept& kept : kept_) {
    while (kept.first != nullptr) {
      Head* head = kept.first;
      kept.first = head->next;
      std::free(head);
    }
  }
}

void* FrameMemory::take(std::size_t size) {
  const std::size_t size_class = size == 0 ? 0 : std::min((size - 1) / kStep, kClasses);
  if (size_class < kClasses && kept_[size_class].first != nullptr) {
    Kept& kept = kept_[size_class];
    Head* head = kept.first;
    kept.first = head->next;
    --kept.count;
    head->size = size;
    return head + 1;
  }
  const std::size_t room = size_class < kClasses ? (size_class + 1) * kStep : size;
  if (room > SIZE_MAX - sizeof(Head)) return nullptr;
  void* memory = std::malloc(sizeof(Head) + room);
  if (memory == nullptr) return nullptr;
  return new (memory) Head{size_class, size, nullptr} + 1;
}

void FrameMemory::give_back(void* piece) {
  if (piece == nullptr) return;
  Head* head = static_cast<Head*>(piece) - 1;
  if (head->size_class == kClasses || kept_[head->size_class].count == kKeptOfClass) return std::free(head);
  Kept& kept = kept_[head->size_class];
  head->next = kept.first;
  kept.first = head;
  ++kept.count;
}

void* FrameMemory::take_zeroed(std::size_t count, std::size_t size) {
  if (size != 0 && count > SIZE_MAX / size) return nullptr;
  void* piece = take(count * size);
  if (piece != nullptr) std::memset(piece, 0, count * size);
  return piece;
}

void* FrameMemory::resize(void* piece, std::size_t size) {
  if (piece == nullptr) return take(size);
  void* larger = take(size);
  if (larger == nullptr) return nullptr;
  std::memcpy(larger, piece, std::min(size, (static_cast<Head*>(piece) - 1)->size));
  give_back(piece);
  return larger;
}

}  // namespace tandem::serve
