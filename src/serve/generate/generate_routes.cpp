// SPDX-License-Identifier: Apache-2.0
// Two kinds of models, each at once or as a stream.
#include "serve/generate/generate_routes.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>

#include "pipeline/pipeline.h"
#include "serve/api/caption_steps.h"
#include "serve/api/image_input.h"
#include "serve/generate/generate_answer.h"
#include "serve/generate/generate_request.h"
#include "serve/http/status.h"
#include "serve/v2/call_note.h"
#include "serve/v2/response.h"
#include "vision/decode.h"

namespace tandem::serve {
namespace {

/// One call between its question and its last piece.
class Generation final : public std::enable_shared_from_this<Generation> {
 public:
  Generation(std::shared_ptr<const GenerateContext> context, HttpRequest request, Responder respond)
      : context_(std::move(context)),
        captions_(context_->service, context_->pool, context_->clock),
        request_(std::move(request)),
        answer_(std::move(respond)) {}

  void begin(const PathParameters& path, bool as_stream) {
    as_stream_ = as_stream;
    auto model = context_->service.find(path.get("name"), path.get("version"));
    if (!model) return answer_.fail(model.error());
    model_ = std::move(*model);
    if (!is_captioner(*model_)) return finish_with(ask(request_.round));
    const Status accepted =
        context_->pool.submit([self = shared_from_this()] { self->finish_with(self->ask(nullptr)); });
    if (!accepted) answer_.fail(accepted.error());
  }

 private:
  void finish_with(const Status& begun) {
    if (!begun) answer_.fail(begun.error());
  }

  /// Puts the request to the model. An error has not been answered yet.
  Status ask(Round* round) {
    const bool captions = is_captioner(*model_);
    const bool takes_image = captions && model_->pipeline->takes_image();
    if (captions) step_ = TRY(find_caption_step(context_->service, *model_));
    GenerateRequest asked = TRY(read_generate_request(body_text(request_), *model_, takes_image));
    id_ = std::move(asked.id);
    InferRequest inference;
    inference.inputs = TRY(inputs_of(asked));
    inference.priority = asked.priority;
    inference.abandoned = request_.abandoned;
    inference.arrival = request_.arrival;
    inference.round = round;
    if (asked.timeout_us > 0) {
      constexpr std::uint64_t kYear = 365ULL * 24 * 3600 * 1'000'000;
      inference.deadline =
          request_.arrival + std::chrono::microseconds(static_cast<std::int64_t>(std::min(asked.timeout_us, kYear)));
    }
    context_->service.infer(model_, std::move(inference), [self = shared_from_this()](Result<InferResponse> response) {
      self->take(std::move(response));
    });
    return {};
  }

  Result<std::vector<Tensor>> inputs_of(GenerateRequest& asked) const {
    if (!asked.image) return std::move(asked.inputs);
    const std::vector<std::byte> bytes = TRY(decode_image_text(*asked.image));
    auto image = decode_image(bytes);
    if (!image) return fail(image.error().with_context("image"));
    PreparedImage prepared = TRY(model_->pipeline->prepare(*image));
    return std::move(prepared.inputs);
  }

  void take(Result<InferResponse> response) {
    if (!response) return answer_.fail(response.error());
    if (request_.wants_note) {
      note_ = make_call_note(*model_, id_, response->timing);
      answer_.set_note(note_);
    }
    if (!step_) return answer(generate_outputs(*model_, id_, *response));
    auto outputs = std::make_shared<std::vector<Tensor>>(std::move(response->outputs));
    context_->pool.resume([self = shared_from_this(), outputs] { self->say(std::move(*outputs)); });
  }

  void say(std::vector<Tensor> encoded) {
    CaptionTask task{model_, step_, std::move(encoded), request_.abandoned, {}};
    if (as_stream_) {
      task.on_word = [self = shared_from_this()](const CaptionWord& word) {
        // Put one behind the other, the pieces are the caption.
        const std::string piece = (self->words_++ == 0 ? "" : " ") + word.word;
        self->answer_.event(generate_text(*self->model_, self->id_, piece));
      };
    }
    captions_.say(std::move(task), [self = shared_from_this()](Result<SpokenCaption> said) {
      if (!said) return self->answer_.fail(said.error());
      if (self->note_) {
        self->note_->queue += said->queue;
        self->note_->compute += said->compute;
      }
      if (self->as_stream_) return self->answer_.end();
      self->answer(generate_text(*self->model_, self->id_, said->caption.text));
    });
  }

  void answer(Result<std::string> document) {
    if (!document) return answer_.fail(document.error());
    if (!as_stream_) return answer_.whole(std::move(*document));
    answer_.event(*document);
    answer_.end();
  }

  const std::shared_ptr<const GenerateContext> context_;
  const CaptionSteps captions_;
  const HttpRequest request_;
  GenerateAnswer answer_;
  bool as_stream_ = false;
  std::shared_ptr<const ServedModel> model_;
  std::shared_ptr<const ServedModel> step_;  // of a captioner; else null
  std::optional<std::string> id_;
  std::shared_ptr<CallNote> note_;  // null: nobody wants to know
  std::size_t words_ = 0;
};

}  // namespace

void add_generate_routes(Router& router, const GenerateContext& context) {
  const auto shared = std::make_shared<const GenerateContext>(context);
  constexpr std::array<std::string_view, 2> kModelPaths{"/v2/models/{name}", "/v2/models/{name}/versions/{version}"};
  for (const std::string_view model : kModelPaths) {
    for (const bool as_stream : {false, true}) {
      router.add("POST", std::string(model) + (as_stream ? "/generate_stream" : "/generate"),
                 [shared, as_stream](HttpRequest request, const PathParameters& path, Responder respond) {
                   std::make_shared<Generation>(shared, std::move(request), std::move(respond))->begin(path, as_stream);
                 });
    }
  }
}

}  // namespace tandem::serve
