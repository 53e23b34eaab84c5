// SPDX-License-Identifier: Apache-2.0
// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md in code.
#include "serve/grpc/call.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/bytes.h"
#include "core/buffer.h"
#include "serve/http/body_decoder.h"
#include "serve/http/content_coding.h"
#include "serve/http/output_queue.h"
#include "serve/http/request_parser.h"

namespace tandem::serve {
namespace {

constexpr std::string_view kContentType = "application/grpc";
constexpr std::string_view kEncodings = "identity,deflate,gzip";

HttpResponse call_response() {
  HttpResponse response;
  response.content_type = kContentType;
  return response;
}

}  // namespace

std::optional<std::chrono::nanoseconds> parse_grpc_timeout(std::string_view text) {
  constexpr std::size_t kMaxDigits = 8;
  std::uint64_t count = 0;
  if (text.size() < 2 || text.size() > kMaxDigits + 1 || !parse_decimal(text.substr(0, text.size() - 1), count)) {
    return std::nullopt;
  }
  const auto value = static_cast<std::int64_t>(count);
  switch (text.back()) {
    case 'H': return std::chrono::hours(std::min<std::int64_t>(value, 24 * 365 * 10));
    case 'M': return std::chrono::minutes(value);
    case 'S': return std::chrono::seconds(value);
    case 'm': return std::chrono::milliseconds(value);
    case 'u': return std::chrono::microseconds(value);
    case 'n': return std::chrono::nanoseconds(value);
    default: return std::nullopt;
  }
}

Result<GrpcCall> read_call(const HttpRequest& head) {
  GrpcCall call;
  call.arrival = head.arrival;
  call.abandoned = head.abandoned;
  call.round = head.round;
  call.wants_note = head.wants_note;
  if (const std::string_view timeout = head.header("grpc-timeout"); !timeout.empty()) {
    const auto duration = parse_grpc_timeout(timeout);
    if (!duration) {
      return invalid_argument("header grpc-timeout: expected up to 8 digits and one of H M S m u n, got " +
                              std::string(timeout.substr(0, 64)));
    }
    call.deadline = head.arrival + *duration;
  }
  const std::string_view encoding = head.header("grpc-encoding");
  if (encoding.empty() || encoding == "identity") return call;
  if (encoding != "gzip" && encoding != "deflate") {
    return fail(Code::kUnimplemented, "header grpc-encoding: expected one of " + std::string(kEncodings) + ", got " +
                                          std::string(encoding.substr(0, 64)));
  }
  call.encoding = encoding;
  call.compress_answers = head.header("grpc-accept-encoding").find(encoding) != std::string_view::npos;
  return call;
}

Result<GrpcMessage> decompress_message(GrpcMessage message, const MessageCoding& call, std::uint64_t limit_bytes) {
  if (!message.compressed) return message;
  if (call.encoding.empty())
    return internal_error("a message says it is compressed, but header grpc-encoding is not set");
  const std::string_view bytes = as_text(message.bytes);
  auto plain = decompress(call.encoding, bytes, limit_bytes);
  if (!plain) {
    const bool too_large = plain.error().status == 413;
    return fail(too_large ? Code::kResourceExhausted : Code::kInternal, std::move(plain).error().message);
  }
  const std::size_t size = plain->size();
  plain->append(kTensorPadding, '\0');
  const auto owner = std::make_shared<const std::string>(std::move(*plain));
  return GrpcMessage{false, std::as_bytes(std::span(*owner)).first(size), owner};
}

Result<HttpResponse> message_piece(GrpcAnswer answer, const MessageCoding& call) {
  HttpResponse response = call_response();
  response.text = std::move(answer.text);
  response.tensors = std::move(answer.tensors);
  response.note = std::move(answer.note);
  response.more = true;
  std::size_t size = body_size(response);
  if (size > std::numeric_limits<std::uint32_t>::max()) {
    return fail(Code::kResourceExhausted,
                "the answer has " + std::to_string(size) + " bytes; a gRPC message has at most 4 GiB");
  }
  std::array<char, kMessageHeadBytes> head{};
  if (call.compress_answers) {
    response.headers.emplace_back("grpc-encoding", call.encoding);
    const ContentCoding coding = call.encoding == "gzip" ? ContentCoding::kGzip : ContentCoding::kDeflate;
    if (auto compressed = compress_body(response, coding)) {
      head[0] = 1;
      response.text = std::move(*compressed);
      response.tensors.clear();
      size = response.text.size();
    }
  }
  for (std::size_t i = 1; i < kMessageHeadBytes; ++i)
    head[i] = static_cast<char>(size >> (8 * (kMessageHeadBytes - 1 - i)) & 0xFFU);
  response.text.insert(0, head.data(), head.size());
  return response;
}

HttpResponse status_piece(const Status& status) {
  HttpResponse response = call_response();
  if (status) {
    response.trailers.emplace_back("grpc-status", "0");
    return response;
  }
  response.trailers.emplace_back("grpc-status", std::to_string(static_cast<int>(status.error().code)));
  response.trailers.emplace_back("grpc-message", percent_encode(status.error().message));
  if (status.error().code == Code::kUnimplemented) response.headers.emplace_back("grpc-accept-encoding", kEncodings);
  return response;
}

HttpResponse unary_response(Result<GrpcAnswer> answer, const MessageCoding& call) {
  if (!answer) return status_piece(fail(std::move(answer).error()));
  if (answer->error) {
    HttpResponse failed = status_piece(fail(std::move(*answer->error)));
    failed.note = std::move(answer->note);
    return failed;
  }
  auto response = message_piece(std::move(*answer), call);
  if (!response) return status_piece(fail(std::move(response).error()));
  response->more = false;
  response->trailers.emplace_back("grpc-status", "0");
  return std::move(*response);
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c >= ' ' && c <= '~' && c != '%') {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4U];
    out += kDigits[byte & 0xFU];
  }
  return out;
}

}  // namespace tandem::serve
