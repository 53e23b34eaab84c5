// SPDX-License-Identifier: Apache-2.0
// A captioner as something to look at: the sentence, and how sure each word is.
#pragma once

#include <functional>
#include <memory>

#include "base/error.h"
#include "live/observer.h"
#include "pipeline/caption.h"

namespace tandem::live {

/// Says what an image shows. Owns its models.
using DescribeImage = std::function<Result<Caption>(const Image&)>;

std::unique_ptr<Observer> observe_captions(DescribeImage describe);

}  // namespace tandem::live
