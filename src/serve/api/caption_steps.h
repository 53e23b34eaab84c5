// SPDX-License-Identifier: Apache-2.0
// CaptionSteps: an encoder's outputs put into words through the service; each word is a request to the step's model.
//
// So the step's batcher joins the words of captions that are made at the same time. No thread waits for a word.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "core/tensor.h"
#include "pipeline/caption.h"
#include "schedule/worker_pool.h"
#include "serve/inference_service.h"

namespace tandem::serve {

/// Whether its config says that its outputs are put into words.
bool is_captioner(const ServedModel& model);

/// The model that says the words of a captioner.
/// Errors: unavailable, with both names and why the step cannot be asked.
Result<std::shared_ptr<const ServedModel>> find_caption_step(const InferenceService& service,
                                                             const ServedModel& encoder);

struct CaptionTask {
  std::shared_ptr<const ServedModel> encoder;
  std::shared_ptr<const ServedModel> step;
  std::vector<Tensor> encoded;                           // the encoder's outputs of one image, batch 1
  std::shared_ptr<const std::atomic<bool>> abandoned{};  // once true, no further word is wanted; may be null
  std::function<void(const CaptionWord&)> on_word{};     // told of every word as it is said, on the pool; may be empty
};

struct SpokenCaption {
  Caption caption;
  std::chrono::nanoseconds queue{0}, compute{0};  // of all steps
};

/// Thread-safe. The service, the pool and the clock outlive it and what it has begun.
class CaptionSteps final {
 public:
  /// Called once, on the pool or before say() returns.
  using Callback = std::function<void(Result<SpokenCaption>)>;

  CaptionSteps(InferenceService& service, WorkerPool& pool, const Clock& clock)
      : service_(service), pool_(pool), clock_(clock) {}

  /// Call it on a thread of the pool.
  /// errors   failed_precondition (two models that do not belong together), internal (outputs that make no sense),
  ///          those of the service
  void say(CaptionTask task, Callback callback) const;

 private:
  class Loop;

  InferenceService& service_;
  WorkerPool& pool_;
  const Clock& clock_;
};

}  // namespace tandem::serve
