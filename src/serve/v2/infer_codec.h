// SPDX-License-Identifier: Apache-2.0
// The body of an infer call, both ways: JSON, and JSON followed by binary tensors. Pure: no socket, no service.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "serve/http/message.h"
#include "serve/inference_service.h"
#include "serve/v2/envelope_memory.h"
#include "serve/v2/infer_envelope.h"
#include "serve/v2/infer_outputs.h"

namespace tandem::serve {

struct InferBody {
  std::span<const std::byte> bytes;
  std::optional<std::uint64_t> json_length;  // header inference-header-content-length; nothing: all is JSON
  std::shared_ptr<const void> owner;         // of the bytes; kept by the tensors that borrow them
  SteadyTime arrival{};
  Round* round = nullptr;                                // handed on to the request
  std::shared_ptr<const std::atomic<bool>> abandoned{};  // handed on to the request
  const SharedMemoryRegistry* shared_memory = nullptr;   // null: tensors in shared memory are refused
  EnvelopeMemory* memory = nullptr;                      // of this thread; null: every JSON part is read anew
};

struct DecodedInfer {
  InferRequest request;
  std::vector<WantedOutput> outputs;  // in the order of the answer
  std::optional<std::string> id;
};

/// Reads and checks a request: names, datatypes, shapes, batch, sizes. An optional input that is absent becomes an
/// empty tensor. Errors: invalid_argument (field, expected, got), and those of find_shared_memory.
Result<DecodedInfer> decode_infer(InferBody body, const ServedModel& model);

/// The second half of it, for every protocol that can say the same: holds `envelope` against the model. `rest` is what
/// follows the envelope: the bytes of inputs with binary_data_size, one after the other.
Result<DecodedInfer> check_infer(const Envelope& envelope, InferBody rest, const ServedModel& model);

/// Writes the answer; binary outputs are moved into it, not copied. Errors: internal, those of finish_output.
Result<HttpResponse> encode_infer(const DecodedInfer& decoded, const ServedModel& model, InferResponse response);

/// The value of the header: nothing when it is absent (""). Errors: invalid_argument (not a number, more than the
/// body).
Result<std::optional<std::uint64_t>> parse_json_length(std::string_view header, std::size_t body_size);

}  // namespace tandem::serve
