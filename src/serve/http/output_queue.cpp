// SPDX-License-Identifier: Apache-2.0
// Gathers heads, texts and tensors into pieces for the stream.
#include "serve/http/output_queue.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "serve/http/status.h"

namespace tandem::serve {
namespace {

constexpr std::size_t kSmallText = 1024;  // copied behind the head rather than sent as a piece of its own
constexpr std::size_t kMaxPieces = 64;    // of one write

void append_number(std::string& out, std::size_t number) {
  std::array<char, 20> digits;
  const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

// A line break inside a header would let its author write the rest of the answer.
bool is_safe(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

// The unsent pieces of the queue, as sendmsg wants them.
class Pieces final {
 public:
  explicit Pieces(std::size_t skip) : skip_(skip) {}
  bool full() const { return count_ == kMaxPieces; }
  void add(const void* data, std::size_t size) {
    if (skip_ >= size) {
      skip_ -= size;
      return;
    }
    if (full()) return;
    pieces_[count_++] = {const_cast<char*>(static_cast<const char*>(data)) + skip_, size - skip_};
    skip_ = 0;
  }
  std::span<const iovec> list() const { return {pieces_.data(), count_}; }

 private:
  std::array<iovec, kMaxPieces> pieces_;
  std::size_t count_ = 0;
  std::size_t skip_;
};

}  // namespace

std::size_t body_size(const HttpResponse& response) {
  std::size_t size = response.text.size();
  for (const Tensor& tensor : response.tensors) size += tensor.byte_size();
  return size;
}

std::string format_head(const HttpResponse& response, const ResponseHead& options) {
  std::string head;
  head.reserve(256 + (response.text.size() <= kSmallText ? response.text.size() : 0));
  head += options.http_1_0 ? "HTTP/1.0 " : "HTTP/1.1 ";
  append_number(head, static_cast<std::size_t>(response.status));
  head += ' ';
  head += reason_phrase(response.status);
  head += "\r\nDate: ";
  head += options.date;
  if (response.status != 204 && response.status != 304) {
    if (!response.content_type.empty() && is_safe(response.content_type)) {
      head += "\r\nContent-Type: ";
      head += response.content_type;
    }
    if (!response.more) {
      head += "\r\nContent-Length: ";
      append_number(head, body_size(response));
    } else if (!options.http_1_0) {
      head += "\r\nTransfer-Encoding: chunked";
    }
  }
  if (response.json_length) {
    head += "\r\nInference-Header-Content-Length: ";
    append_number(head, *response.json_length);
  }
  for (const auto& [name, value] : response.headers) {
    if (!is_safe(name) || !is_safe(value)) continue;
    head += "\r\n";
    head += name;
    head += ": ";
    head += value;
  }
  if (!options.keep_alive) {
    head += "\r\nConnection: close";
  } else if (options.http_1_0) {
    head += "\r\nConnection: keep-alive";
  }
  head += "\r\n\r\n";
  return head;
}

void OutputQueue::add(std::string head, HttpResponse&& response, bool with_body) {
  Item item{std::move(head), {}, {}};
  if (with_body && response.status != 204 && response.status != 304) {
    if (response.text.size() <= kSmallText) {
      item.head += response.text;
    } else {
      item.text = std::move(response.text);
    }
    item.tensors = std::move(response.tensors);
  }
  unsent_ += item.head.size() + item.text.size();
  for (const Tensor& tensor : item.tensors) unsent_ += tensor.byte_size();
  items_.push_back(std::move(item));
}

void OutputQueue::add_chunk(std::string head, HttpResponse&& piece) {
  const std::size_t size = body_size(piece);
  std::string end;
  if (size > 0) {  // a chunk of no bytes would end the body
    std::array<char, 16> digits;
    head.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), size, 16).ptr);
    head += "\r\n";
    end = "\r\n";
  }
  if (!piece.more) end += "0\r\n\r\n";
  if (piece.tensors.empty()) {
    piece.text += end;
    end.clear();
  }
  add(std::move(head), std::move(piece), true);
  if (!end.empty()) add(std::move(end), HttpResponse{}, false);
}

OutputQueue::Flush OutputQueue::flush(ByteStream& stream) {
  while (unsent_ > 0) {
    Pieces pieces(offset_);
    for (std::size_t i = first_; i < items_.size() && !pieces.full(); ++i) {
      pieces.add(items_[i].head.data(), items_[i].head.size());
      pieces.add(items_[i].text.data(), items_[i].text.size());
      for (const Tensor& tensor : items_[i].tensors) pieces.add(tensor.data(), tensor.byte_size());
    }
    const ssize_t sent = stream.write(pieces.list());
    if (sent < 0) return sent == ByteStream::kLater ? Flush::kBlocked : Flush::kFailed;
    drop_sent(static_cast<std::size_t>(sent));
  }
  return Flush::kDone;
}

void OutputQueue::drop_sent(std::size_t bytes) {
  unsent_ -= bytes;
  offset_ += bytes;
  while (first_ < items_.size()) {
    Item& item = items_[first_];
    std::size_t size = item.head.size() + item.text.size();
    for (const Tensor& tensor : item.tensors) size += tensor.byte_size();
    if (offset_ < size) break;
    offset_ -= size;
    item = Item{};
    ++first_;
  }
  if (first_ == items_.size() || first_ >= kMaxPieces) {  // otherwise a client that always pipelines lets it grow
    items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

}  // namespace tandem::serve
