// SPDX-License-Identifier: Apache-2.0
// What gRPC puts around messages: header fields of a call, statuses, compression (docs/formats/v2-grpc.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "core/tensor.h"
#include "serve/grpc/message_splitter.h"
#include "serve/http/message.h"

namespace tandem::serve {

/// How the messages of a call are compressed.
struct MessageCoding {
  std::string encoding;           // of compressed messages: "gzip", "deflate"; "" when there are none
  bool compress_answers = false;  // with `encoding`: a client that compresses is answered alike
};

/// What the head of a call says.
struct GrpcCall : MessageCoding {
  std::optional<SteadyTime> deadline;  // grpc-timeout
  SteadyTime arrival{};
  std::shared_ptr<const std::atomic<bool>> abandoned;
  Round* round = nullptr;  // only for use on the loop's thread
  bool wants_note = false;
};

/// Errors: invalid_argument (grpc-timeout), unimplemented (grpc-encoding; says which there are).
Result<GrpcCall> read_call(const HttpRequest& head);

/// "100m" is 100 milliseconds: up to 8 digits and one of H M S m u n; nothing when it is no such text.
std::optional<std::chrono::nanoseconds> parse_grpc_timeout(std::string_view text);

/// The bytes of a message without its compression. Errors: resource_exhausted (more than `limit_bytes`), internal
/// (damage; compressed, though the call named no encoding).
Result<GrpcMessage> decompress_message(GrpcMessage message, const MessageCoding& call, std::uint64_t limit_bytes);

/// A message to send: text, then the tensors' bytes.
struct GrpcAnswer {
  std::string text;
  std::vector<Tensor> tensors;
  std::shared_ptr<const CallNote> note;
  std::optional<Error> error;  // instead of text and tensors: the call has failed, and there is a note of it
};

/// A piece of the answer of a call with one message and without a status; `answer` has no error. Errors:
/// resource_exhausted (over 4 GiB).
Result<HttpResponse> message_piece(GrpcAnswer answer, const MessageCoding& call);

/// The end of an answer: the status and, when there is an error, its sentence. Alone it is the whole answer.
HttpResponse status_piece(const Status& status);

/// The answer of a call with one message.
HttpResponse unary_response(Result<GrpcAnswer> answer, const MessageCoding& call);

/// Text as grpc-message carries it: what is not printable ASCII, and '%', as "%XX".
std::string percent_encode(std::string_view text);

}  // namespace tandem::serve
