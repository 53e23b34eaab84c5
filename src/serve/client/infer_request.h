// SPDX-License-Identifier: Apache-2.0
// Requests of the Open Inference Protocol as bytes, and what a server says of a model: for HTTP with binary tensors,
// and for gRPC. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "core/model_info.h"
#include "core/tensor.h"

namespace tandem::serve {

/// An inference request whose inputs lie behind its JSON part, and whose outputs are asked for in binary, too.
struct BinaryRequest {
  std::string body;
  std::size_t json_bytes = 0;  // of the header Inference-Header-Content-Length
};

/// inputs  one for each of info.inputs; those that are empty are left out. Errors: unimplemented (texts)
Result<BinaryRequest> encode_http_infer(const ModelInfo& info, std::span<const Tensor> inputs);
/// A ModelInferRequest. Errors: as above
Result<std::string> encode_grpc_infer(const ModelInfo& info, std::string_view model, std::span<const Tensor> inputs);
std::string encode_grpc_metadata(std::string_view model);

/// What answers say, which may be anything. Errors: data_loss
Result<ModelInfo> parse_http_metadata(std::string_view json);
Result<ModelInfo> parse_grpc_metadata(std::span<const std::byte> message);
/// The sentence of an error's body {"error": ...}, or the body's begin.
std::string http_error_text(std::string_view body);

}  // namespace tandem::serve
