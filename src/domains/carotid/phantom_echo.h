// SPDX-License-Identifier: Apache-2.0
// Where a drawn neck sends back how much sound.
#pragma once

#include <vector>

#include "domains/carotid/phantom_patient.h"

namespace tandem::carotid {

/// Linear echo power of side x side points spread evenly over the field of view, row by row.
struct EchoMap {
  int side = 0;
  std::vector<float> power;  // [side, side], all above 0

  double step() const { return kPhantomField / side; }
};

EchoMap echo_map(const PhantomPatient& patient, const PhantomPose& pose, int side);

/// A shadow from the skin down, as of a rib or lost contact: `decades` of power less around the column `center`.
struct DropoutShadow {
  double center = 0, half_width = 0, decades = 0;
};
void cast_shadow(const DropoutShadow& shadow, EchoMap& map);

}  // namespace tandem::carotid
