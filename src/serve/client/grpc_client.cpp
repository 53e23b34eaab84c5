// SPDX-License-Identifier: Apache-2.0
// gRPC on HTTP/2 by nghttp2, one call at a time on a connection that stays open.
#include <fmt/format.h>
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <map>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "serve/client/client_socket.h"
#include "serve/client/infer_request.h"
#include "serve/client/model_client.h"

namespace tandem::serve {
namespace {

constexpr std::size_t kReceiveBytes = std::size_t{64} << 10;
constexpr std::size_t kPrefixBytes = 5;  // of a message: whether it is compressed, and its length
constexpr std::size_t kKeptAnswerBytes = std::size_t{1} << 20;
constexpr std::int32_t kWindowBytes = (std::int32_t{1} << 30);
constexpr std::string_view kService = "/inference.GRPCInferenceService/";

/// A call on its way.
struct GrpcCall {
  std::string_view unsent;                    // of the request
  std::string body;                           // of the answer, its begin
  std::map<std::string, std::string> fields;  // of head and trailers
  bool closed = false;
  std::uint32_t reset = 0;
};

/// A connection with its HTTP/2 state. Not thread-safe.
class GrpcConnection final {
 public:
  static Result<std::unique_ptr<GrpcConnection>> open(const ServerAddress& address, std::chrono::milliseconds limit) {
    return std::unique_ptr<GrpcConnection>(new GrpcConnection(TRY(ClientSocket::connect(address, limit))));
  }
  GrpcConnection(const GrpcConnection&) = delete;
  GrpcConnection& operator=(const GrpcConnection&) = delete;
  ~GrpcConnection() { nghttp2_session_del(session_); }

  /// Whether the server still takes calls here.
  bool usable() const { return nghttp2_session_check_request_allowed(session_) != 0; }

  /// Errors: unavailable, deadline_exceeded, data_loss (no HTTP/2)
  Result<GrpcCall> call(std::string_view authority, const std::string& path, std::string_view message) {
    GrpcCall call;
    call.unsent = message;
    call_ = &call;
    submit(authority, path);
    const Status done = exchange(call);
    call_ = nullptr;
    if (!done) return fail(done.error());
    return call;
  }

 private:
  explicit GrpcConnection(ClientSocket socket) : socket_(std::move(socket)), buffer_(kReceiveBytes) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_session_client_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry window{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, static_cast<std::uint32_t>(kWindowBytes)};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &window, 1);
    nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kWindowBytes);
  }

  static nghttp2_nv field(std::string_view name, std::string_view value) {
    const auto bytes = [](std::string_view text) {
      return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
    };
    return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
  }

  void submit(std::string_view authority, std::string_view path) {
    const std::array<nghttp2_nv, 6> fields = {field(":method", "POST"),
                                              field(":scheme", "http"),
                                              field(":path", path),
                                              field(":authority", authority),
                                              field("content-type", "application/grpc"),
                                              field("te", "trailers")};
    nghttp2_data_provider provider{};
    provider.read_callback = read_request;
    nghttp2_submit_request(session_, nullptr, fields.data(), fields.size(), &provider, nullptr);
  }

  Status exchange(const GrpcCall& call) {
    while (!call.closed) {
      TRY(flush());
      if (call.closed) break;
      const std::size_t got = TRY(socket_.receive(buffer_));
      if (got == 0) return fail(Code::kUnavailable, "the server closed the connection");
      const auto* data = reinterpret_cast<const std::uint8_t*>(buffer_.data());
      if (nghttp2_session_mem_recv(session_, data, got) != static_cast<ssize_t>(got)) {
        return fail(Code::kDataLoss, "the server does not speak HTTP/2 as gRPC does");
      }
    }
    return flush();
  }

  Status flush() {
    const std::uint8_t* data = nullptr;
    for (ssize_t size = 0; (size = nghttp2_session_mem_send(session_, &data)) > 0;) {
      TRY(socket_.send({reinterpret_cast<const char*>(data), static_cast<std::size_t>(size)}));
    }
    return {};
  }

  static GrpcCall* call_of(void* user) { return static_cast<GrpcConnection*>(user)->call_; }

  static ssize_t read_request(nghttp2_session*, std::int32_t, std::uint8_t* into, std::size_t size,
                              std::uint32_t* flags, nghttp2_data_source*, void* user) {
    std::string_view& unsent = call_of(user)->unsent;
    const std::size_t count = std::min(size, unsent.size());
    std::memcpy(into, unsent.data(), count);
    unsent.remove_prefix(count);
    if (unsent.empty()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(count);
  }

  static int on_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name, std::size_t name_size,
                       const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
    const std::string key(reinterpret_cast<const char*>(name), name_size);
    if (key == ":status" || key == "grpc-status" || key == "grpc-message") {
      call_of(user)->fields[key] = std::string(reinterpret_cast<const char*>(value), value_size);
    }
    return 0;
  }

  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t, const std::uint8_t* data, std::size_t size,
                     void* user) {
    std::string& body = call_of(user)->body;
    body.append(reinterpret_cast<const char*>(data), std::min(size, kKeptAnswerBytes - body.size()));
    return 0;
  }

  static int on_close(nghttp2_session*, std::int32_t, std::uint32_t code, void* user) {
    call_of(user)->closed = true;
    call_of(user)->reset = code;
    return 0;
  }

  ClientSocket socket_;
  std::vector<std::byte> buffer_;
  nghttp2_session* session_ = nullptr;
  GrpcCall* call_ = nullptr;  // the one on its way
};

/// A message with what gRPC puts before it.
std::string framed(std::string_view message) {
  std::string bytes(kPrefixBytes, '\0');
  for (std::size_t i = 0; i < 4; ++i) bytes[1 + i] = static_cast<char>((message.size() >> (8 * (3 - i))) & 0xff);
  return bytes += message;
}

class GrpcModelClient final : public ModelClient {
 public:
  explicit GrpcModelClient(ModelClientOptions options) : options_(std::move(options)) {}

  Result<ModelInfo> describe() override {
    const std::string answer = TRY(ask("ModelMetadata", framed(encode_grpc_metadata(options_.model))));
    if (answer.size() < kPrefixBytes || answer[0] != 0)
      return fail(Code::kDataLoss, "an answer that is no gRPC message");
    return parse_grpc_metadata(std::as_bytes(std::span(answer)).subspan(kPrefixBytes));
  }

  Status prepare(const ModelInfo& info, std::span<const Tensor> inputs) override {
    request_ = framed(TRY(encode_grpc_infer(info, options_.model, inputs)));
    return {};
  }

  Status infer() override {
    TRY(ask("ModelInfer", request_));
    return {};
  }

 private:
  Result<std::string> ask(std::string_view method, std::string_view message) {
    if (connection_ && !connection_->usable()) connection_.reset();
    if (!connection_) connection_ = TRY(GrpcConnection::open(options_.address, options_.limit));
    auto call = connection_->call(options_.address.authority, fmt::format("{}{}", kService, method), message);
    if (!call) {
      connection_.reset();
      return fail(call.error().with_context(options_.address.authority));
    }
    const auto status = call->fields.find("grpc-status");
    if (status == call->fields.end()) {
      return fail(Code::kDataLoss, fmt::format("{}: a call ended without a status (HTTP/2 error {}, HTTP status {})",
                                               options_.address.authority, call->reset, call->fields[":status"]));
    }
    int code = -1;
    std::from_chars(status->second.data(), status->second.data() + status->second.size(), code);
    if (code == 0) return std::move(call->body);
    const bool known = code > 0 && code <= static_cast<int>(Code::kUnauthenticated);
    return fail(known ? static_cast<Code>(code) : Code::kInternal,
                fmt::format("{}: {}", options_.address.authority, call->fields["grpc-message"].substr(0, 300)));
  }

  const ModelClientOptions options_;
  std::unique_ptr<GrpcConnection> connection_;
  std::string request_;
};

}  // namespace

std::unique_ptr<ModelClient> make_grpc_client(ModelClientOptions options) {
  return std::make_unique<GrpcModelClient>(std::move(options));
}

}  // namespace tandem::serve
