// SPDX-License-Identifier: Apache-2.0
// From echo powers to the speckled gray image that an ultrasound scanner shows.
#pragma once

#include "domains/carotid/phantom_echo.h"
#include "domains/carotid/phantom_patient.h"
#include "domains/carotid/phantom_random.h"
#include "vision/image.h"

namespace tandem::carotid {

/// Gray, half the map's side. Two Gaussian fields times sqrt(power / 2), blurred by the point spread function (edges
/// wrap); their envelope over its 99.7 % quantile; brightness = 1 + (20 log10 envelope + gain) / range, cut to 0..1;
/// the mean of 2 x 2 points a pixel.
/// map  of an even side
Image scan(const EchoMap& map, const PhantomScanner& scanner, double gain_db, PhantomRandom& random);

}  // namespace tandem::carotid
