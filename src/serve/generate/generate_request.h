// SPDX-License-Identifier: Apache-2.0
// The body of a generate call: one flat JSON object, whose keys are the model's inputs or parameters.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "core/tensor.h"
#include "serve/inference_service.h"

namespace tandem::serve {

struct GenerateRequest {
  std::vector<Tensor> inputs;        // one per model input; none when there is an image
  std::optional<std::string> image;  // base64 or a data URL
  std::optional<std::string> id;
  std::uint64_t timeout_us = 0;  // 0: none
  std::uint32_t priority = 0;
};

/// Reads one sample. A value is a scalar or an array, nested in any way; the shape follows from the model, whose input
/// may leave one dimension open besides the batch. With `takes_image`, the key "image" with a string is a picture
/// instead of the inputs. Keys that name nothing are read over: clients send parameters for other servers along.
/// Errors: invalid_argument (field, expected, got), unimplemented (types without a JSON form).
Result<GenerateRequest> read_generate_request(std::string_view json, const ServedModel& model, bool takes_image);

}  // namespace tandem::serve
