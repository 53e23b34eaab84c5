// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 with the protocol's binary tensors, one request after the other on a connection that stays open.
#include <fmt/format.h>

#include <optional>
#include <vector>

#include "base/bytes.h"
#include "serve/client/answer_reader.h"
#include "serve/client/client_socket.h"
#include "serve/client/infer_request.h"
#include "serve/client/model_client.h"

namespace tandem::serve {
namespace {

constexpr std::size_t kReadBytes = std::size_t{64} << 10;

Code code_of_status(int status) {
  switch (status) {
    case 400: return Code::kInvalidArgument;
    case 401: return Code::kUnauthenticated;
    case 403: return Code::kPermissionDenied;
    case 404: return Code::kNotFound;
    case 429: return Code::kResourceExhausted;
    case 503: return Code::kUnavailable;
    case 504: return Code::kDeadlineExceeded;
    default: return Code::kInternal;
  }
}

class HttpModelClient final : public ModelClient {
 public:
  explicit HttpModelClient(ModelClientOptions options) : options_(std::move(options)) {}

  Result<ModelInfo> describe() override {
    const AnswerReader answer = TRY(
        ask(fmt::format("GET /v2/models/{} HTTP/1.1\r\nHost: {}\r\n\r\n", options_.model, options_.address.authority)));
    return parse_http_metadata(answer.body());
  }

  Status prepare(const ModelInfo& info, std::span<const Tensor> inputs) override {
    const BinaryRequest request = TRY(encode_http_infer(info, inputs));
    request_ = fmt::format(
        "POST /v2/models/{}/infer HTTP/1.1\r\nHost: {}\r\nContent-Type: application/octet-stream\r\n"
        "Inference-Header-Content-Length: {}\r\nContent-Length: {}\r\n\r\n",
        options_.model, options_.address.authority, request.json_bytes, request.body.size());
    request_ += request.body;
    return {};
  }

  Status infer() override {
    TRY(ask(request_));
    return {};
  }

 private:
  /// A connection that was open already may have been closed by the server meanwhile: then once more on a new one.
  Result<AnswerReader> ask(const std::string& request) {
    const bool was_open = socket_.has_value();
    bool answered = false;
    auto answer = exchange(request, answered);
    if (!answer) socket_.reset();
    if (!answer && was_open && !answered && answer.error().code == Code::kUnavailable) {
      answer = exchange(request, answered);
      if (!answer) socket_.reset();
    }
    if (!answer) return fail(answer.error());
    if (!answer->stays_open()) socket_.reset();
    if (answer->status() != 200) {
      return fail(code_of_status(answer->status()), fmt::format("{} answered {}: {}", options_.address.authority,
                                                                answer->status(), http_error_text(answer->body())));
    }
    return answer;
  }

  Result<AnswerReader> exchange(const std::string& request, bool& answered) {
    if (!socket_) socket_ = TRY(ClientSocket::connect(options_.address, options_.limit));
    TRY(socket_->send(request));
    AnswerReader reader;
    while (!reader.done()) {
      const std::size_t got = TRY(socket_->receive(buffer_));
      if (got == 0) {
        return fail(Code::kUnavailable,
                    fmt::format("{} closed the connection before its answer was complete", options_.address.authority));
      }
      answered = true;
      TRY(reader.feed(as_text(std::span(buffer_).first(got))));
    }
    return reader;
  }

  const ModelClientOptions options_;
  std::optional<ClientSocket> socket_;
  std::string request_;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(kReadBytes);
};

}  // namespace

std::unique_ptr<ModelClient> make_http_client(ModelClientOptions options) {
  return std::make_unique<HttpModelClient>(std::move(options));
}

}  // namespace tandem::serve
