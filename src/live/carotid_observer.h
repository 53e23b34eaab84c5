// SPDX-License-Identifier: Apache-2.0
// The carotid artery as something to look at: outline, compressibility, decision.
#pragma once

#include <memory>

#include "domains/carotid/examination.h"
#include "live/observer.h"

namespace tandem::live {

std::unique_ptr<Observer> observe_carotid(carotid::Examination examination);

}  // namespace tandem::live
