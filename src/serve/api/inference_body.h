// SPDX-License-Identifier: Apache-2.0
// The body of POST /inference (R2.1), read with simdjson under limits.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "serve/api/image_input.h"

namespace tandem::serve {

struct InferenceBody {
  /// image_data: the encoded file (PNG, JPEG), or pixels.
  std::variant<std::vector<std::byte>, NumberImage> image;
  std::string patient_id_json = "null";  // as it came: a JSON string or number
  std::string model;                     // metadata.model; "": the caller names none
  std::string analysis_type;             // "classification" or "segmentation"; "": the caller does not say
};

/// Members it does not know are skipped; text_data may be there and is not used by models of images.
/// Errors: invalid_argument with the member, what was expected and what came.
Result<InferenceBody> parse_inference_body(std::span<const std::byte> body);

}  // namespace tandem::serve
