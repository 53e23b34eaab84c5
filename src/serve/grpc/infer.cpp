// SPDX-License-Identifier: Apache-2.0
// From a message to the service and back, once or many times.
#include "serve/grpc/infer.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "serve/grpc/call.h"
#include "serve/grpc/infer_message.h"
#include "serve/grpc/message_memory.h"
#include "serve/grpc/ordered_answers.h"
#include "serve/grpc/unary.h"
#include "serve/v2/infer_codec.h"
#include "serve/v2/model_call.h"

namespace tandem::serve {
namespace {

/// One inference between its question and its answer.
struct Question {
  explicit Question(const GrpcInferOptions& options) : call(options.tracer, *options.clock) {}

  ModelCall call;
  InferAnswerOptions answer;
  std::shared_ptr<CallNote> asked;  // what is noted when it fails; null: nobody wants it
};

GrpcAnswer failed(const Question& question, Error error) {
  GrpcAnswer answer;
  answer.note = question.asked;
  answer.error = std::move(error);
  return answer;
}

GrpcAnswer to_answer(Result<InferResponse> result, const Question& question) {
  if (!result) return failed(question, std::move(result).error());
  const BatchTiming timing = result->timing;
  question.call.trace(timing);
  const ModelCall& call = question.call;
  auto answer = write_infer_answer(call.decoded, *call.model, std::move(*result), question.answer);
  if (!answer) return failed(question, std::move(answer).error());
  answer->note = call.note(timing);
  return std::move(*answer);
}

std::shared_ptr<CallNote> note_of(const InferMessage& message) {
  auto note = std::make_shared<CallNote>();
  note->model = message.model_name;
  note->version = message.model_version;
  note->request_id = message.envelope.id.value_or("");
  return note;
}

// What both calls do with a message; `request` has the call it came with.
Status ask(const InferenceService& service, const GrpcInferOptions& options, const UnaryRequest& request,
           const KnownMessage& known, Question& question) {
  const InferMessage& message = *known.message;
  if (request.call.wants_note) question.asked = note_of(message);
  ModelCall& call = question.call;
  call.model = TRY(service.find(message.model_name, message.model_version));
  if (question.asked) question.asked->version = call.model->version;
  InferBody rest;
  rest.bytes = known.tensors;
  rest.owner = request.owner;
  rest.arrival = request.call.arrival;
  rest.round = request.call.round;
  rest.abandoned = request.call.abandoned;
  rest.shared_memory = options.shared_memory;
  call.decoded = TRY(check_infer(message.envelope, std::move(rest), *call.model));
  call.wants_note = request.call.wants_note;
  InferRequest& inference = call.decoded.request;
  if (const auto& deadline = request.call.deadline) {
    inference.deadline = inference.deadline ? std::min(*inference.deadline, *deadline) : *deadline;
  }
  call.begin();
  return {};
}

// A message that is known already is not read again.
Status ask_once(const InferenceService& service, const GrpcInferOptions& options, const UnaryRequest& request,
                Question& question) {
  thread_local MessageMemory memory;  // by thread, so that no request waits for another
  if (const auto known = memory.find(request.message)) return ask(service, options, request, *known, question);
  const InferMessage message = TRY(read_infer_message(request.message));
  TRY(ask(service, options, request, {&message, {}}, question));
  memory.offer(request.message, message);
  return {};
}

void run(InferenceService& service, const std::shared_ptr<Question>& question, UnaryReply reply) {
  InferRequest inference = std::move(question->call.decoded.request);
  service.infer(question->call.model, std::move(inference),
                [question, reply = std::move(reply)](Result<InferResponse> result) {
                  reply(to_answer(std::move(result), *question));
                });
}

/// The requests of one stream. A failed request is answered in the stream, which stays open.
class StreamReceiver final : public BodyReceiver {
 public:
  StreamReceiver(const HttpRequest& head, Responder respond, InferenceService& service, const GrpcInferOptions& options)
      : service_(service),
        options_(options),
        answers_(std::make_shared<OrderedAnswers>(std::move(respond))),
        splitter_(options.max_message_bytes, first_raw_byte) {
    auto call = read_call(head);
    if (call) {
      call_ = std::move(*call);
    } else {
      end(fail(std::move(call).error()));
    }
  }

  void on_data(std::span<const std::byte> bytes) override {
    if (ended_) return;
    call_.arrival = options_.clock->now();  // of the messages that end here
    const Status fed = splitter_.feed(bytes, [this](GrpcMessage message) { on_message(std::move(message)); });
    if (!fed) end(fed);
  }

  void on_end() override {
    if (splitter_.between_messages()) return end({});
    end(fail(Code::kInternal, "the stream ended in the midst of a message"));
  }

  bool takes_more() const override { return answers_->waiting() < options_.max_stream_requests; }
  bool may_pause() const override { return splitter_.between_messages(); }
  void on_drain() override {
    end(fail(Code::kUnavailable, "the server is about to end; send the next request to another, or again"));
  }

 private:
  void end(const Status& status) {
    ended_ = true;
    answers_->end(status_piece(status));
  }

  void on_message(GrpcMessage message) {
    if (ended_) return;
    auto plain = decompress_message(std::move(message), call_, options_.max_message_bytes);
    if (!plain) return end(fail(std::move(plain).error()));
    auto read = read_infer_message(plain->bytes);
    const std::string id = read ? read->envelope.id.value_or("") : "";
    UnaryReply reply = [answers = answers_, place = answers_->open(), call = MessageCoding(call_),
                        id](Result<GrpcAnswer> answer) {
      GrpcAnswer content = answer ? std::move(*answer) : stream_error(answer.error(), id);
      if (content.error) {
        auto note = std::move(content.note);
        content = stream_error(*content.error, id);
        content.note = std::move(note);
      }
      auto piece = message_piece(std::move(content), call);
      if (!piece) piece = message_piece(stream_error(piece.error(), id), call);
      answers->fill(place, std::move(*piece));
    };
    if (!read) return reply(fail(std::move(read).error()));
    const bool final_mark = read->wants_final_mark;
    const UnaryRequest request{call_, plain->bytes, std::move(plain->owner)};
    const auto question = std::make_shared<Question>(options_);
    question->answer = {final_mark, true};
    const Status asked = ask(service_, options_, request, {&*read, {}}, *question);
    if (!asked) return reply(failed(*question, asked.error()));
    run(service_, question, std::move(reply));
  }

  InferenceService& service_;
  const GrpcInferOptions& options_;  // of the route, which outlives the connection
  std::shared_ptr<OrderedAnswers> answers_;
  GrpcCall call_;
  MessageSplitter splitter_;
  bool ended_ = false;
};

}  // namespace

void add_grpc_infer_routes(Router& router, InferenceService& service, const GrpcInferOptions& options) {
  const auto kept = std::make_shared<const GrpcInferOptions>(options);
  add_unary(router, "/inference.GRPCInferenceService/ModelInfer", {options.max_message_bytes, first_raw_byte},
            [&service, kept](const UnaryRequest& request, UnaryReply reply) {
              const auto question = std::make_shared<Question>(*kept);
              const Status asked = ask_once(service, *kept, request, *question);
              if (!asked) return reply(failed(*question, asked.error()));
              run(service, question, std::move(reply));
            });
  router.add_stream("/inference.GRPCInferenceService/ModelStreamInfer",
                    [&service, kept](const HttpRequest& head, Responder respond) -> std::unique_ptr<BodyReceiver> {
                      if (refuse_other_content(head, respond)) return ignore_body();
                      return std::make_unique<StreamReceiver>(head, std::move(respond), service, *kept);
                    });
}

}  // namespace tandem::serve
