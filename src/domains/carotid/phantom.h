// SPDX-License-Identifier: Apache-2.0
// Phantom: a drawn ultrasound clip of a neck under a pressing probe, with exact masks and compressibility.
//
// A drawing, not acoustics: for demonstrations, self-tests and latency tests, never as evidence about patients. The
// recipe is that of tools/train/phantom.py, which trained the demo model; numbers are drawn by another generator, so
// the frames of one seed differ and their statistics do not.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/error.h"
#include "domains/carotid/classes.h"
#include "domains/carotid/phantom_patient.h"
#include "vision/frame_source.h"
#include "vision/image.h"

namespace tandem::carotid {

struct PhantomOptions {
  PhantomKind kind = PhantomKind::kArrest;
  std::uint64_t seed = 1;
  std::uint64_t patient = 0;
  int size = 128;   // pixels along each side of a frame: 16 to 2048
  int frames = 40;  // of the clip: 1 to 1,000,000; in the first 40 % of it the probe goes down
  double frames_per_second = 10;
  bool disturbed = false;  // chest compressions (110 a minute, 3 px), gain steps, and in half of the frames a shadow
};

/// Exact values of the drawn ellipses.
struct PhantomTruth {
  double cac = 0;       // of the artery: sqrt(1 - q^2)
  double artery_q = 0;  // minor / major axis
  double vein_q = 0;
  double press = 0;  // 0..1: how far the probe is pushed in
};

struct PhantomFrame {
  Image image;  // gray
  Image mask;   // gray, of kBackground, kArtery, kVein; a vessel flatter than one phantom pixel is left out
  PhantomTruth truth;
};

/// One patient's clip. Immutable; the same options give the same frames on every machine, up to rounding of single
/// brightness levels where the mathematical functions of the C library differ.
class Phantom final {
 public:
  /// Errors: invalid_argument with the option that is out of range.
  static Result<Phantom> create(const PhantomOptions& options);

  const PhantomOptions& options() const { return options_; }

  /// index: from 0. Beyond the clip's last frame the probe stays held and the artery goes on pulsing.
  PhantomFrame frame(std::int64_t index) const;
  /// Parts of that frame for a fraction of its cost.
  Image mask(std::int64_t index) const;
  PhantomTruth truth(std::int64_t index) const;

  /// Since the start of the clip.
  std::chrono::nanoseconds time(std::int64_t index) const;

 private:
  explicit Phantom(const PhantomOptions& options);
  PhantomPose pose(std::int64_t index) const;

  PhantomOptions options_;
  PhantomPatient patient_;
};

/// "phantom:arrest", "phantom:rosc:7": the kind and, after another colon, the seed. Other options keep their defaults.
/// Errors: invalid_argument with what was expected.
Result<PhantomOptions> parse_phantom(std::string_view text);

/// The clip's images as a source of frames.
std::unique_ptr<FrameSource> make_phantom_source(Phantom phantom);

}  // namespace tandem::carotid
