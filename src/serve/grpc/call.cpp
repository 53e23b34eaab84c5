// SPDX-License-Identifier: Apache-2.0
// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md in code.
#include "serve/grpc/call.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "core/buffer.h"
#include "serve/http/body_decoder.h"
#include "serve/http/request_parser.h"

namespace tandem::serve {
namespace {

constexpr std::string_view kContentType = "application/grpc";
constexpr std::string_view kEncodings = "identity,deflate,gzip";
constexpr std::size_t kHeadBytes = 5;

// z_stream that is ended when it goes.
struct Deflater {
  z_stream stream{};
  bool ready = false;
  explicit Deflater(bool gzip) {
    constexpr int kFast = 1;  // tensors hardly shrink more for more work
    ready = deflateInit2(&stream, kFast, Z_DEFLATED, gzip ? 15 + 16 : 15, 8, Z_DEFAULT_STRATEGY) == Z_OK;
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater() {
    if (ready) deflateEnd(&stream);
  }
};

// Appends the compressed form of `bytes`, which are fewer than 4 GiB.
bool deflate_onto(z_stream& stream, std::string_view bytes, bool is_last, std::string& out) {
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  for (;;) {
    const std::size_t before = out.size();
    out.resize(before + std::clamp<std::size_t>(bytes.size() / 2, 1024, 1 << 20));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream.avail_out = static_cast<uInt>(out.size() - before);
    const int status = deflate(&stream, is_last ? Z_FINISH : Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
    if (status == Z_STREAM_END || (!is_last && stream.avail_in == 0 && stream.avail_out > 0)) return true;
    if (status != Z_OK && status != Z_BUF_ERROR) return false;
  }
}

std::size_t answer_bytes(const GrpcAnswer& answer) {
  std::size_t size = answer.text.size();
  for (const Tensor& tensor : answer.tensors) size += tensor.byte_size();
  return size;
}

bool compress(GrpcAnswer& answer, bool gzip) {
  Deflater deflater(gzip);
  std::string out;
  if (!deflater.ready || !deflate_onto(deflater.stream, answer.text, false, out)) return false;
  for (const Tensor& tensor : answer.tensors) {
    const std::string_view bytes(static_cast<const char*>(tensor.data()), tensor.byte_size());
    if (!deflate_onto(deflater.stream, bytes, false, out)) return false;
  }
  if (!deflate_onto(deflater.stream, {}, true, out)) return false;
  answer.text = std::move(out);
  answer.tensors.clear();
  return true;
}

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

Result<GrpcMessage> decompress_message(GrpcMessage message, const GrpcCall& call, std::uint64_t limit_bytes) {
  if (!message.compressed) return message;
  if (call.encoding.empty())
    return internal_error("a message says it is compressed, but header grpc-encoding is not set");
  const std::string_view bytes(reinterpret_cast<const char*>(message.bytes.data()), message.bytes.size());
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

Result<HttpResponse> message_piece(GrpcAnswer answer, const GrpcCall& call) {
  std::size_t size = answer_bytes(answer);
  if (size > std::numeric_limits<std::uint32_t>::max()) {
    return fail(Code::kResourceExhausted,
                "the answer has " + std::to_string(size) + " bytes; a gRPC message has at most 4 GiB");
  }
  const bool compressed = call.compress_answers && compress(answer, call.encoding == "gzip");
  if (compressed) size = answer_bytes(answer);
  std::string head(kHeadBytes, '\0');
  head[0] = compressed ? 1 : 0;
  for (std::size_t i = 1; i < kHeadBytes; ++i) head[i] = static_cast<char>(size >> (8 * (kHeadBytes - 1 - i)) & 0xFFU);
  HttpResponse response = call_response();
  if (call.compress_answers) response.headers.emplace_back("grpc-encoding", call.encoding);
  answer.text.insert(0, head);
  response.text = std::move(answer.text);
  response.tensors = std::move(answer.tensors);
  response.note = std::move(answer.note);
  response.more = true;
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

HttpResponse unary_response(Result<GrpcAnswer> answer, const GrpcCall& call) {
  if (!answer) return status_piece(fail(std::move(answer).error()));
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
