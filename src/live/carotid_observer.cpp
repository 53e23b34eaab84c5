// SPDX-License-Identifier: Apache-2.0
// An examined frame in words.
#include "live/carotid_observer.h"

#include <fmt/format.h>

#include <utility>

#include "domains/carotid/overlay.h"
#include "domains/carotid/summary.h"

namespace tandem::live {
namespace {

std::string headline(const carotid::SequenceRow& row) {
  const carotid::VesselMeasurement& artery = row.measurement.artery;
  const std::string cac = artery.status == carotid::VesselStatus::kMeasured
                              ? fmt::format("CAC {:.3f}", artery.cac)
                              : fmt::format("artery {}", carotid::vessel_status_name(artery.status));
  return fmt::format("{} ({}), {}", carotid::state_name(row.decision.state), carotid::reason_name(row.decision.reason),
                     cac);
}

std::string sentence(carotid::State state) {
  switch (state) {
    case carotid::State::kSearching: return "Searching for the artery.";
    case carotid::State::kNotCompressed: return "The vein is open. Press.";
    case carotid::State::kMeasuring: return "Measuring.";
    case carotid::State::kArrest: return "Arrest: the artery collapses.";
    case carotid::State::kRosc: return "Return of spontaneous circulation: the artery resists.";
    case carotid::State::kLowQuality: return "The image is too poor to measure.";
  }
  return "";
}

class CarotidObserver final : public Observer {
 public:
  explicit CarotidObserver(carotid::Examination examination) : examination_(std::move(examination)) {}

  Result<Observation> observe(const Frame& frame) override {
    const carotid::ExaminedFrame examined = TRY(examination_.examine(frame));
    const carotid::Decision& decision = examined.row.decision;
    Observation observation;
    observation.picture =
        TRY(carotid::draw_overlay(frame.image, examined.mask, examined.row.measurement, decision.state));
    observation.headline = headline(examined.row);
    if (decision.median_cac) {
      observation.details.push_back(
          fmt::format("median CAC {:.3f} of {} frames", *decision.median_cac, decision.frames.size()));
    }
    observation.details.emplace_back(carotid::kResearchUse);
    observation.sentence = sentence(decision.state);
    return observation;
  }

 private:
  carotid::Examination examination_;
};

}  // namespace

std::unique_ptr<Observer> observe_carotid(carotid::Examination examination) {
  return std::make_unique<CarotidObserver>(std::move(examination));
}

}  // namespace tandem::live
