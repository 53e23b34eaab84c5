// SPDX-License-Identifier: Apache-2.0
// The part of /metrics that is about shadows.
#pragma once

#include <span>
#include <string>

#include "serve/models/shadow.h"

namespace tandem::serve {

/// Prometheus text with the labels model, shadow_version and shadow_engine; "" when there are no shadows.
std::string shadow_metrics_text(std::span<const ShadowReport> reports);

}  // namespace tandem::serve
