// SPDX-License-Identifier: Apache-2.0
// Places head and body in one allocation.
#include "serve/http/request_memory.h"

#include <cstring>
#include <new>

#include "core/buffer.h"

namespace tandem::serve {
namespace {

std::size_t distance_to_aligned(const std::byte* pointer, std::size_t extra) {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer) + extra;
  return static_cast<std::size_t>((kTensorAlignment - address % kTensorAlignment) % kTensorAlignment);
}

}  // namespace

bool place_request(const RequestHead& head, std::string_view head_bytes, std::size_t body_size,
                   IncomingRequest& incoming) {
  const std::size_t size = kTensorAlignment + body_size + kTensorPadding + head_bytes.size();
  std::shared_ptr<std::byte[]> block;
  try {
    block = std::make_shared_for_overwrite<std::byte[]>(size);
  } catch (const std::bad_alloc&) {
    return false;
  }
  const auto json_length = static_cast<std::size_t>(head.json_length <= body_size ? head.json_length : 0);
  std::byte* body = block.get() + distance_to_aligned(block.get(), json_length);
  std::byte* padding = body + body_size;
  std::memset(padding, 0, kTensorPadding);
  char* copy = reinterpret_cast<char*>(padding + kTensorPadding);
  std::memcpy(copy, head_bytes.data(), head_bytes.size());

  const auto moved = [&](std::string_view view) -> std::string_view {
    return view.empty() ? std::string_view() : std::string_view(copy + (view.data() - head_bytes.data()), view.size());
  };
  HttpRequest& request = incoming.request;
  request.method = moved(head.method);
  request.path = moved(head.path);
  request.query = moved(head.query);
  request.headers.clear();
  request.headers.reserve(head.headers.size());
  for (const auto& [name, value] : head.headers) request.headers.emplace_back(moved(name), moved(value));
  request.body = {body, body_size};
  request.owner = std::move(block);
  incoming.body = body;
  incoming.received = 0;
  return true;
}

}  // namespace tandem::serve
