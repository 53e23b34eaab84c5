// SPDX-License-Identifier: Apache-2.0
// Predictor: an image through a served model: decode, prepare, infer, interpret; heavy steps on the worker pool.
// A captioner's outputs are put into words, too.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "pipeline/pipeline.h"
#include "schedule/worker_pool.h"
#include "serve/api/caption_steps.h"
#include "serve/inference_service.h"
#include "vision/image.h"

namespace tandem::serve {

struct PredictionTiming {
  std::chrono::nanoseconds decode{0}, preprocess{0}, queue{0}, compute{0}, postprocess{0};
  std::int64_t batch_size = 1;        // rows that ran together
  std::chrono::nanoseconds total{0};  // from the request's arrival until the prediction was there
};

struct ImagePrediction {
  std::shared_ptr<const ServedModel> model;
  Image image;
  Prediction prediction;
  PredictionTiming timing;
};

/// Where the image comes from; called once, on the pool.
using ImageSource = std::function<Result<Image>(const ServedModel&)>;
/// Called once, on the pool.
using PredictionCallback = std::function<void(Result<ImagePrediction>)>;

/// Thread-safe. The service, the pool and the clock outlive it.
class Predictor final {
 public:
  Predictor(InferenceService& service, WorkerPool& pool, const Clock& clock)
      : service_(service), pool_(pool), clock_(clock), captions_(service, pool, clock) {}

  /// Call it on a thread of the pool.
  /// errors   failed_precondition (the model takes no image), unavailable (a captioner whose step is not there), those
  ///          of the source, the pipeline and the service
  void predict(const std::shared_ptr<const ServedModel>& model, const ImageSource& source, SteadyTime arrival,
               PredictionCallback callback) const;

  /// The model of that name; "" means the default: the first that takes an image and whose task is `task`, a classifier
  /// when `task` is "" and there is one. Errors: not_found, unavailable.
  Result<std::shared_ptr<const ServedModel>> choose_model(std::string_view name, std::string_view task) const;

 private:
  struct Job;

  Result<std::shared_ptr<Job>> prepare(const std::shared_ptr<const ServedModel>& model,
                                       const ImageSource& source) const;
  void interpret(const std::shared_ptr<Job>& job, InferResponse response) const;
  void finish(const std::shared_ptr<Job>& job, SteadyTime computed) const;

  InferenceService& service_;
  WorkerPool& pool_;
  const Clock& clock_;
  CaptionSteps captions_;
};

/// Whether images can be sent to it.
bool takes_image(const ServedModel& model);

}  // namespace tandem::serve
