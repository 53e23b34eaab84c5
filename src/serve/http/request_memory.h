// SPDX-License-Identifier: Apache-2.0
// One block of memory a request: its head, and its body placed so that binary tensors are aligned where they arrive.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "serve/http/message.h"
#include "serve/http/request_parser.h"

namespace tandem::serve {

/// A request whose body may still be on its way: body() is written into, then `request` is complete.
struct IncomingRequest {
  HttpRequest request;
  std::byte* body = nullptr;  // request.body, writable
  std::size_t received = 0;   // bytes of it that have arrived

  std::span<std::byte> missing() const { return {body + received, request.body.size() - received}; }
};

/// Copies the head (whose views point into `head_bytes`) and reserves `body_size` bytes; 64 bytes behind the body are
/// zero, and the byte after `head.json_length` bytes of it is 64-byte aligned. False when memory is exhausted.
bool place_request(const RequestHead& head, std::string_view head_bytes, std::size_t body_size,
                   IncomingRequest& incoming);

}  // namespace tandem::serve
