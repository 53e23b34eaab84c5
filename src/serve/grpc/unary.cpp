// SPDX-License-Identifier: Apache-2.0
// Gathers the one message, and sends the one answer.
#include "serve/grpc/unary.h"

#include <optional>
#include <utility>

#include "serve/http/status.h"

namespace tandem::serve {
namespace {

class UnaryReceiver final : public BodyReceiver {
 public:
  UnaryReceiver(const HttpRequest& head, Responder respond, const UnaryOptions& options, const UnaryMethod& method)
      : options_(options),
        method_(method),
        respond_(std::move(respond)),
        splitter_(options.max_message_bytes, options.aligned) {
    auto call = read_call(head);
    if (call) {
      call_ = std::move(*call);
    } else {
      refuse(std::move(call).error());
    }
  }

  void on_data(std::span<const std::byte> bytes) override {
    if (refused_) return;
    const Status fed = splitter_.feed(bytes, [this](GrpcMessage message) {
      ++count_;
      message_ = std::move(message);
    });
    if (!fed) return refuse(fed.error());
    if (count_ > 1) refuse({Code::kInternal, "expected one message, got more"});
  }

  void on_end() override {
    if (refused_) return;
    if (!message_) return refuse({Code::kInternal, "expected one message, the call ended before it was complete"});
    auto plain = decompress_message(std::move(*message_), call_, options_.max_message_bytes);
    if (!plain) return refuse(std::move(plain).error());
    UnaryReply reply = [coding = MessageCoding(call_), respond = std::move(respond_)](Result<GrpcAnswer> answer) {
      respond(unary_response(std::move(answer), coding));
    };
    method_({std::move(call_), plain->bytes, std::move(plain->owner)}, std::move(reply));
  }

 private:
  void refuse(const Error& error) {
    refused_ = true;
    respond_(status_piece(fail(error)));
  }

  const UnaryOptions& options_;  // of the route, as `method_` is: both outlive the connection
  const UnaryMethod& method_;
  Responder respond_;
  GrpcCall call_;
  MessageSplitter splitter_;
  std::optional<GrpcMessage> message_;
  std::size_t count_ = 0;
  bool refused_ = false;
};

class NoReceiver final : public BodyReceiver {
 public:
  void on_data(std::span<const std::byte>) override {}
  void on_end() override {}
};

}  // namespace

bool refuse_other_content(const HttpRequest& head, const Responder& respond) {
  const std::string_view type = head.header("content-type");
  if (type.starts_with("application/grpc") && !type.starts_with("application/grpc-web")) return false;
  respond(error_response(415, "expected content-type application/grpc, got " +
                                  (type.empty() ? "none" : std::string(type.substr(0, 100)))));
  return true;
}

std::unique_ptr<BodyReceiver> ignore_body() { return std::make_unique<NoReceiver>(); }

void add_unary(Router& router, std::string_view path, const UnaryOptions& options, UnaryMethod method) {
  struct Method {
    UnaryOptions options;
    UnaryMethod call;
  };
  const auto kept = std::make_shared<const Method>(Method{options, std::move(method)});
  router.add_stream(path, [kept](const HttpRequest& head, Responder respond) -> std::unique_ptr<BodyReceiver> {
    if (refuse_other_content(head, respond)) return ignore_body();
    return std::make_unique<UnaryReceiver>(head, std::move(respond), kept->options, kept->call);
  });
}

}  // namespace tandem::serve
