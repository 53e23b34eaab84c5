// SPDX-License-Identifier: Apache-2.0
// A Prediction in words.
#include "live/prediction_observer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tandem::live {
namespace {

constexpr std::size_t kShownClasses = 3;

void describe(const Classification& classification, Observation& observation) {
  std::vector<ClassProbability> classes = classification.classes;
  const std::size_t shown = std::min(kShownClasses, classes.size());
  std::partial_sort(classes.begin(), classes.begin() + static_cast<std::ptrdiff_t>(shown), classes.end(),
                    [](const ClassProbability& a, const ClassProbability& b) { return a.probability > b.probability; });
  const auto text = [](const ClassProbability& one) {
    return fmt::format("{} {:.1f} %", one.label, 100 * static_cast<double>(one.probability));
  };
  observation.headline = text(classes.front());
  for (std::size_t i = 1; i < shown; ++i) observation.details.push_back(text(classes[i]));
  observation.sentence = classes.front().label;
}

void describe(const Segmentation& segmentation, Observation& observation) {
  std::string headline;
  std::string seen;
  for (std::size_t i = 1; i < segmentation.fractions.size(); ++i) {
    const std::string label = i < segmentation.labels.size() ? segmentation.labels[i] : fmt::format("class {}", i);
    headline += fmt::format("{}{} {:.1f} %", i > 1 ? ", " : "", label, 100 * segmentation.fractions[i]);
    if (segmentation.fractions[i] > 0) seen += fmt::format("{}{}", seen.empty() ? "" : " and ", label);
  }
  observation.headline = std::move(headline);
  observation.details.push_back(fmt::format("mean confidence {:.1f} %", 100 * segmentation.mean_confidence));
  observation.sentence = seen.empty() ? "Nothing is seen." : fmt::format("I see {}.", seen);
}

class PredictionObserver final : public Observer {
 public:
  PredictionObserver(Pipeline pipeline, RunModel run) : pipeline_(std::move(pipeline)), run_(std::move(run)) {}

  Result<Observation> observe(const Frame& frame) override {
    const PreparedImage prepared = TRY(pipeline_.prepare(frame.image));
    const std::vector<Tensor> outputs = TRY(run_(prepared.inputs));
    const Prediction prediction = TRY(pipeline_.interpret(outputs, prepared));
    Observation observation;
    if (prediction.segmentation) {
      observation.picture = TRY(to_overlay(frame.image, *prediction.segmentation));
      describe(*prediction.segmentation, observation);
    } else {
      observation.picture = frame.image;
      describe(*prediction.classification, observation);
    }
    return observation;
  }

 private:
  Pipeline pipeline_;
  RunModel run_;
};

}  // namespace

Result<std::unique_ptr<Observer>> observe_predictions(Pipeline pipeline, RunModel run) {
  const std::vector<OutputConfig>& outputs = pipeline.config().outputs;
  const bool has_meaning = std::any_of(outputs.begin(), outputs.end(), [](const OutputConfig& output) {
    return output.postprocess != Postprocess::kNone;
  });
  if (!pipeline.takes_image() || !has_meaning) {
    return fail(Code::kFailedPrecondition,
                "a live view needs a model whose config says how an image becomes its input and whether an output is a "
                "classification or a segmentation");
  }
  return std::unique_ptr<Observer>(std::make_unique<PredictionObserver>(std::move(pipeline), std::move(run)));
}

}  // namespace tandem::live
