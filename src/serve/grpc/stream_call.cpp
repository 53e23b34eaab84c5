// SPDX-License-Identifier: Apache-2.0
// Takes the body apart into messages, and puts answers into frames.
#include "serve/grpc/stream_call.h"

#include <utility>

#include "serve/grpc/message_splitter.h"
#include "serve/grpc/unary.h"

namespace tandem::serve {
namespace {

std::size_t nowhere(std::span<const std::byte>) { return 0; }

class StreamCallReceiver final : public BodyReceiver {
 public:
  StreamCallReceiver(const HttpRequest& head, Responder respond, std::uint64_t max_message_bytes,
                     const StreamMethod& method)
      : max_message_bytes_(max_message_bytes),
        answers_(std::make_shared<AnswerStream>(std::move(respond))),
        splitter_(max_message_bytes, nowhere) {
    auto call = read_call(head);
    if (!call) {
      end(fail(std::move(call).error()));
      return;
    }
    call_ = std::move(*call);
    answers_->set_call(call_);
    method_ = method(answers_);
  }

  void on_data(std::span<const std::byte> bytes) override {
    if (ended_) return;
    const Status fed = splitter_.feed(bytes, [this](GrpcMessage message) { on_message(std::move(message)); });
    if (!fed) end(fed);
  }

  void on_end() override {
    if (ended_) return;
    if (splitter_.between_messages()) return method_->finish();
    end(fail(Code::kInternal, "the call ended in the midst of a message"));
  }

  bool may_pause() const override { return splitter_.between_messages(); }
  void on_drain() override {
    if (!ended_) method_->drain();
  }

 private:
  void end(const Status& status) {
    ended_ = true;
    answers_->end(status);
  }

  void on_message(GrpcMessage message) {
    if (ended_) return;
    const auto plain = decompress_message(std::move(message), call_, max_message_bytes_);
    const Status taken = plain ? method_->take(plain->bytes) : fail(plain.error());
    if (!taken) end(taken);
  }

  const std::uint64_t max_message_bytes_;
  const std::shared_ptr<AnswerStream> answers_;
  GrpcCall call_;
  MessageSplitter splitter_;
  std::unique_ptr<StreamCall> method_;  // null only once ended_
  bool ended_ = false;
};

}  // namespace

void AnswerStream::send(std::string message) {
  GrpcAnswer answer;
  answer.text = std::move(message);
  auto piece = message_piece(std::move(answer), call_);
  if (!piece) return end(fail(std::move(piece).error()));
  const std::lock_guard lock(mutex_);
  if (!ended_) respond_(std::move(*piece));
}

void AnswerStream::end(const Status& status) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(ended_, true)) return;
  respond_(status_piece(status));
}

void add_stream_call(Router& router, std::string_view path, std::uint64_t max_message_bytes, StreamMethod method) {
  const auto kept = std::make_shared<const StreamMethod>(std::move(method));
  router.add_stream(
      path, [kept, max_message_bytes](const HttpRequest& head, Responder respond) -> std::unique_ptr<BodyReceiver> {
        if (refuse_other_content(head, respond)) return ignore_body();
        return std::make_unique<StreamCallReceiver>(head, std::move(respond), max_message_bytes, *kept);
      });
}

}  // namespace tandem::serve
