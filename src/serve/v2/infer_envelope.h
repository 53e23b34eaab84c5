// SPDX-License-Identifier: Apache-2.0
// The JSON part of an infer call as it stands, before it is held against the model.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "core/tensor.h"
#include "serve/v2/json_reader.h"

namespace tandem::serve {

/// Where a tensor lies that does not travel with the call.
struct EnvelopeSharedMemory {
  std::string region;
  std::uint64_t offset = 0;
  std::uint64_t byte_size = 0;
};

struct EnvelopeInput {
  std::string name;
  std::string datatype;
  std::optional<Shape> shape;
  std::optional<std::uint64_t> binary_data_size;
  std::optional<EnvelopeSharedMemory> shared_memory;
  std::optional<std::string_view> data;           // JSON text that could not be read at once
  Tensor tensor;                                  // what was read at once
  std::optional<std::span<const std::byte>> raw;  // its bytes, where the protocol sends each input's apart
};

struct EnvelopeOutput {
  std::string name;
  std::optional<bool> binary_data;
  std::uint64_t classification = 0;
  std::optional<EnvelopeSharedMemory> shared_memory;
};

struct Envelope {
  std::optional<std::string> id;
  std::vector<EnvelopeInput> inputs;
  std::vector<EnvelopeOutput> outputs;
  bool binary_data_output = false;
  std::uint64_t timeout_us = 0;  // 0: none
  std::uint32_t priority = 0;    // 0: the model's default
};

/// Reads the `data` of an input whose name, datatype and shape are known already, after checking those.
using DataReader = std::function<Result<Tensor>(JsonReader&, const EnvelopeInput&)>;

/// Clients write name, shape and datatype before data; then the array goes through `read_data` while it is passed.
/// Otherwise its text is kept for later. Errors: invalid_argument, and those of `read_data`.
Result<Envelope> read_envelope(std::string_view json, const DataReader& read_data);

}  // namespace tandem::serve
