// SPDX-License-Identifier: Apache-2.0
// The messages between who measures and the process of one side, as bytes and back: bodies are Protocol Buffers' wire
// format.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "bench/process/contender_process.h"
#include "bench/side.h"
#include "core/model_info.h"
#include "core/tensor.h"

namespace tandem::bench {

/// `load add_inputs* prepare (run_set | run_block | memory)*`; each is answered by one message, in order.
enum class MessageKind : std::uint32_t {
  // to the process
  kLoad = 1,
  kAddInputs = 2,
  kPrepare = 3,
  kRunSet = 4,
  kRunBlock = 5,
  kMemory = 6,
  // from it
  kLoaded = 16,
  kDone = 17,
  kAnswer = 18,
  kBlock = 19,
  kMemoryUse = 20,
  kFailed = 21,
};

struct LoadRequest {
  std::string engine;
  std::string model;
  SessionOptions options;
};

/// Bodies, without what stands before them on the socket.
std::string encode_load(const LoadRequest& request);
std::string encode_tensors(std::span<const Tensor> tensors);
std::string encode_info(const ModelInfo& info);
std::string encode_number(std::uint64_t value);
std::string encode_loaded(const LoadedContender& loaded);
std::string encode_answer(const Answer& answer);
std::string encode_block(const Block& block);
std::string encode_memory_use(const MemoryUse& use);
std::string encode_error(const Error& error);

/// Bytes that may be anything. The error is data_loss, and says what is wrong. Tensors own their memory; a ModelInfo
/// has inputs and outputs only.
Result<LoadRequest> parse_load(std::string_view body);
Result<std::vector<Tensor>> parse_tensors(std::string_view body);
Result<ModelInfo> parse_info(std::string_view body);
Result<std::uint64_t> parse_number(std::string_view body);
Result<LoadedContender> parse_loaded(std::string_view body);
Result<Answer> parse_answer(std::string_view body);
Result<Block> parse_block(std::string_view body);
Result<MemoryUse> parse_memory_use(std::string_view body);
Result<Error> parse_error(std::string_view body);

}  // namespace tandem::bench
