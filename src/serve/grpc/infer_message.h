// SPDX-License-Identifier: Apache-2.0
// ModelInferRequest and ModelInferResponse between their bytes and what the checks of serve/v2 work with. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "serve/grpc/call.h"
#include "serve/inference_service.h"
#include "serve/v2/infer_codec.h"
#include "serve/v2/infer_envelope.h"

namespace tandem::serve {

/// A request as it stands. Names of the model and raw contents point into the message.
struct InferMessage {
  std::string_view model_name;
  std::string_view model_version;
  Envelope envelope;
  bool wants_final_mark = false;  // parameter triton_enable_empty_final_response
};

/// Errors: invalid_argument (no such message, raw and typed contents mixed, their number, values out of range).
Result<InferMessage> read_infer_message(std::span<const std::byte> message);

/// Where the first of raw_input_contents begins, when that can be seen in the first bytes of a request; otherwise 0.
std::size_t first_raw_byte(std::span<const std::byte> begin);

/// The answer, with one entry of raw_output_contents an output; tensors are moved into it, not copied.
/// Errors: internal, and those of the forms that were asked for.
struct InferAnswerOptions {
  bool final_mark = false;  // with the parameter triton_final_response
  bool in_stream = false;   // wrapped as the infer_response of ModelStreamInferResponse
};
Result<GrpcAnswer> write_infer_answer(const DecodedInfer& decoded, const ServedModel& model, InferResponse response,
                                      const InferAnswerOptions& options);

/// A ModelStreamInferResponse for a request that failed.
GrpcAnswer stream_error(const Error& error, const std::string& id);

}  // namespace tandem::serve
