// SPDX-License-Identifier: Apache-2.0
// Calls with one message each way: what a method has to be to become a route.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "serve/grpc/call.h"
#include "serve/grpc/message_splitter.h"
#include "serve/http/router.h"

namespace tandem::serve {

/// The one message of a call; `owner` keeps its bytes.
struct UnaryRequest {
  GrpcCall call;
  std::span<const std::byte> message;
  std::shared_ptr<const void> owner;
};
/// Called once, on any thread.
using UnaryReply = std::function<void(Result<GrpcAnswer>)>;
/// Must not block. The request lives until it returns.
using UnaryMethod = std::function<void(const UnaryRequest&, UnaryReply)>;

struct UnaryOptions {
  std::uint64_t max_message_bytes = std::uint64_t{64} << 20;  // also after decompression
  AlignedByte aligned = [](std::span<const std::byte>) -> std::size_t { return 0; };
};

/// Adds POST `path` ("/package.Service/Method").
void add_unary(Router& router, std::string_view path, const UnaryOptions& options, UnaryMethod method);

/// A request whose content-type is not gRPC's gets 415, as gRPC's specification has it; true when that was so.
bool refuse_other_content(const HttpRequest& head, const Responder& respond);
/// For a call that was refused already.
std::unique_ptr<BodyReceiver> ignore_body();

}  // namespace tandem::serve
