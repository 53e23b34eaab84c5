// SPDX-License-Identifier: Apache-2.0
// Small pieces are copied next to each other, since a piece of its own costs more than its bytes.
#include "serve/http2/answer_queue.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "serve/http/output_queue.h"

namespace tandem::serve {
namespace {

constexpr std::size_t kSmall = 2048;
constexpr std::size_t kLargestOwn = 64 * 1024;  // then a new piece, so that what was sent can be forgotten
constexpr std::size_t kMaxPieces = 64;          // of one write

}  // namespace

void FrameQueue::add(std::string_view bytes) {
  if (bytes.empty()) return;
  const bool extends =
      first_ < pieces_.size() && pieces_.back().borrowed == nullptr && pieces_.back().size < kLargestOwn;
  if (extends) {
    pieces_.back().size += bytes.size();
  } else {
    pieces_.push_back({own_.size(), bytes.size(), nullptr, nullptr});
  }
  own_ += bytes;
  unsent_ += bytes.size();
}

void FrameQueue::add(std::string_view bytes, const std::shared_ptr<const void>& owner) {
  if (bytes.size() <= kSmall) return add(bytes);
  pieces_.push_back({0, bytes.size(), bytes.data(), owner});
  unsent_ += bytes.size();
}

FrameQueue::Flush FrameQueue::flush(ByteStream& stream) {
  while (unsent_ > 0) {
    std::array<iovec, kMaxPieces> vectors;
    std::size_t count = 0;
    std::size_t skip = offset_;
    for (std::size_t i = first_; i < pieces_.size() && count < kMaxPieces; ++i) {
      const Piece& piece = pieces_[i];
      const char* data = piece.borrowed != nullptr ? piece.borrowed : own_.data() + piece.at;
      vectors[count++] = {const_cast<char*>(data) + skip, piece.size - skip};
      skip = 0;
    }
    const ssize_t sent = stream.write(std::span<const iovec>(vectors.data(), count));
    if (sent < 0) return sent == ByteStream::kLater ? Flush::kBlocked : Flush::kFailed;
    drop_sent(static_cast<std::size_t>(sent));
  }
  return Flush::kDone;
}

void FrameQueue::drop_sent(std::size_t bytes) {
  unsent_ -= bytes;
  offset_ += bytes;
  while (first_ < pieces_.size() && offset_ >= pieces_[first_].size) {
    offset_ -= pieces_[first_].size;
    pieces_[first_].owner.reset();
    ++first_;
  }
  if (first_ < pieces_.size() && first_ < kMaxPieces) return;
  pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first_));
  first_ = 0;
  std::size_t begin = own_.size();  // of what is still to be sent
  for (const Piece& piece : pieces_) {
    if (piece.borrowed == nullptr) begin = std::min(begin, piece.at);
  }
  own_.erase(0, begin);
  for (Piece& piece : pieces_) {
    if (piece.borrowed == nullptr) piece.at -= begin;
  }
}

void AnswerBody::clear() {
  small_.clear();
  small_at_ = 0;
  parts_.clear();
  first_ = 0;
  size_ = 0;
}

void AnswerBody::add(HttpResponse&& piece) {
  const std::size_t piece_size = body_size(piece);
  if (piece_size + small_.size() <= kSmall && parts_.empty()) {
    small_ += piece.text;
    for (const Tensor& tensor : piece.tensors) small_ += as_text(tensor.bytes());
    size_ += piece_size;
    return;
  }
  struct Content {
    std::string text;
    std::vector<Tensor> tensors;
  };
  const auto content = std::make_shared<const Content>(Content{std::move(piece.text), std::move(piece.tensors)});
  const auto hold = [&](std::string_view bytes) {
    if (bytes.empty()) return;
    parts_.push_back({content, bytes});
    size_ += bytes.size();
  };
  parts_.reserve(parts_.size() + 1 + content->tensors.size());
  hold(content->text);
  for (const Tensor& tensor : content->tensors) {
    hold({static_cast<const char*>(tensor.data()), tensor.byte_size()});
  }
}

void AnswerBody::take(std::size_t size, FrameQueue& frames) {
  size_ -= size;
  if (small_at_ < small_.size()) {
    const std::size_t count = std::min(size, small_.size() - small_at_);
    frames.add(std::string_view(small_).substr(small_at_, count));
    small_at_ += count;
    size -= count;
  }
  while (size > 0) {
    Held& part = parts_[first_];
    const std::size_t count = std::min(size, part.bytes.size());
    frames.add(part.bytes.substr(0, count), part.owner);
    part.bytes.remove_prefix(count);
    size -= count;
    if (!part.bytes.empty()) continue;
    part.owner.reset();
    ++first_;
  }
  if (size_ == 0) clear();
}

}  // namespace tandem::serve
