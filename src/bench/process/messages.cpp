// SPDX-License-Identifier: Apache-2.0
// Fields by number; every length and count is checked before it is believed.
#include "bench/process/messages.h"

#include <bit>
#include <string_view>

#include "base/protobuf_writer.h"
#include "bench/process/message_fields.h"
#include "bench/process/tensor_messages.h"

namespace tandem::bench {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are copied as they are");

using Wire = ProtobufField::Wire;

std::span<const std::byte> bytes_of_body(std::string_view body) { return std::as_bytes(std::span(body)); }

std::string_view raw(const auto& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(values[0])};
}

// ---- memory: 1 before, 2 after loading, 3 now, 4 peak

ProtobufWriter write_memory(const MemoryUse& use) {
  ProtobufWriter writer;
  writer.integer(1, static_cast<std::int64_t>(use.before_load_bytes));
  writer.integer(2, static_cast<std::int64_t>(use.after_load_bytes));
  writer.integer(3, static_cast<std::int64_t>(use.now_bytes));
  writer.integer(4, static_cast<std::int64_t>(use.peak_bytes));
  return writer;
}

Result<MemoryUse> read_memory(std::span<const std::byte> body) {
  MemoryUse use;
  TRY(read_fields(body, "the use of memory", [&](const ProtobufField& field) -> Status {
    const std::uint64_t bytes = TRY(read_integer(field, INT64_MAX));
    switch (field.number) {
      case 1: use.before_load_bytes = bytes; break;
      case 2: use.after_load_bytes = bytes; break;
      case 3: use.now_bytes = bytes; break;
      case 4: use.peak_bytes = bytes; break;
      default: return unknown_field("the use of memory", field);
    }
    return {};
  }));
  return use;
}

Status read_gpu_option(const ProtobufField& field, GpuOptions& gpu) {
  constexpr std::uint64_t kMaxMebibytes = std::uint64_t{1} << 40;
  switch (field.number) {
    case 12: gpu.memory_limit_mb = TRY(read_integer(field, kMaxMebibytes)); break;
    case 13: gpu.arena = TRY(read_choice(field, GpuArena::kAsRequested)); break;
    case 14: gpu.cudnn_search = TRY(read_choice(field, CudnnSearch::kDefault)); break;
    case 15: gpu.tensorrt = TRY(read_integer(field, 1)) == 1; break;
    case 16: gpu.tensorrt_cache = TRY(read_text(field)); break;
    default: return unknown_field("what is to be loaded", field);
  }
  return {};
}

Status read_option(const ProtobufField& field, LoadRequest& request) {
  SessionOptions& options = request.options;
  constexpr std::uint64_t kMaxCount = 1 << 20;
  switch (field.number) {
    case 1: request.engine = TRY(read_text(field)); break;
    case 2: request.model = TRY(read_text(field)); break;
    case 3: options.device = TRY(read_choice(field, Device::kCuda)); break;
    case 4: options.device_id = static_cast<int>(TRY(read_integer(field, kMaxCount))) + kFreestGpu; break;
    case 5: options.threads = static_cast<int>(TRY(read_integer(field, kMaxCount))); break;
    case 6: options.instances = static_cast<int>(TRY(read_integer(field, kMaxCount))); break;
    case 7: options.precision = TRY(read_choice(field, ComputePrecision::kFloat16)); break;
    case 8: options.spin = TRY(read_integer(field, 1)) == 1; break;
    case 9: options.graph_optimization = TRY(read_choice(field, GraphOptimization::kAll)); break;
    case 10: options.optimized_model_cache = TRY(read_text(field)); break;
    case 11: options.allow_pickle = TRY(read_integer(field, 1)) == 1; break;
    case 17:
      if (options.inputs.size() == kMaxMessageTensors) return broken_message("there are too many inputs");
      options.inputs.push_back(TRY(parse_input_hint(TRY(read_text(field)))));
      break;
    default: return read_gpu_option(field, options.gpu);
  }
  return {};
}

Status read_loaded_field(const ProtobufField& field, LoadedContender& loaded) {
  const bool message = field.wire == Wire::kBytes;
  switch (field.number) {
    case 1:
      if (!message) return broken_message("a model's description is no message");
      loaded.info = TRY(read_info(field.bytes));
      break;
    case 2: loaded.engine = TRY(read_text(field)); break;
    case 3: loaded.version = TRY(read_text(field)); break;
    case 4: loaded.options = TRY(read_text(field)); break;
    case 5: loaded.file = TRY(read_text(field)); break;
    case 6: loaded.cores = static_cast<int>(TRY(read_integer(field, 1 << 20))); break;
    case 7: loaded.load_ms = TRY(read_real(field)); break;
    case 8:
      if (!message) return broken_message("the use of memory is no message");
      loaded.memory = TRY(read_memory(field.bytes));
      break;
    default: return unknown_field("what was loaded", field);
  }
  return {};
}

}  // namespace

std::string encode_load(const LoadRequest& request) {
  const SessionOptions& options = request.options;
  ProtobufWriter writer;
  writer.text(1, request.engine);
  writer.text(2, request.model);
  writer.integer(3, static_cast<std::int64_t>(options.device));
  writer.integer(4, options.device_id - kFreestGpu);  // from 0
  writer.integer(5, options.threads);
  writer.integer(6, options.instances);
  writer.integer(7, static_cast<std::int64_t>(options.precision));
  writer.integer(8, options.spin ? 1 : 0);
  writer.integer(9, static_cast<std::int64_t>(options.graph_optimization));
  writer.text(10, options.optimized_model_cache.string());
  writer.integer(11, options.allow_pickle ? 1 : 0);
  writer.integer(12, static_cast<std::int64_t>(options.gpu.memory_limit_mb));
  writer.integer(13, static_cast<std::int64_t>(options.gpu.arena));
  writer.integer(14, static_cast<std::int64_t>(options.gpu.cudnn_search));
  writer.integer(15, options.gpu.tensorrt ? 1 : 0);
  writer.text(16, options.gpu.tensorrt_cache.string());
  for (const InputHint& hint : options.inputs) writer.text(17, to_string(hint));
  return std::move(writer).bytes();
}

std::string encode_tensors(std::span<const Tensor> tensors) {
  ProtobufWriter writer;
  for (const Tensor& tensor : tensors) writer.message(1, write_tensor(tensor));
  return std::move(writer).bytes();
}

std::string encode_info(const ModelInfo& info) { return write_info(info).bytes(); }

std::string encode_number(std::uint64_t value) {
  ProtobufWriter writer;
  writer.integer(1, static_cast<std::int64_t>(value));
  return std::move(writer).bytes();
}

std::string encode_loaded(const LoadedContender& loaded) {
  ProtobufWriter writer;
  writer.message(1, write_info(loaded.info));
  writer.text(2, loaded.engine);
  writer.text(3, loaded.version);
  writer.text(4, loaded.options);
  writer.text(5, loaded.file);
  writer.integer(6, loaded.cores);
  write_real(writer, 7, loaded.load_ms);
  writer.message(8, write_memory(loaded.memory));
  return std::move(writer).bytes();
}

std::string encode_answer(const Answer& answer) {
  ProtobufWriter writer;
  for (const Tensor& tensor : answer.outputs) writer.message(1, write_tensor(tensor));
  write_real(writer, 2, answer.took_ms);
  return std::move(writer).bytes();
}

std::string encode_block(const Block& block) {
  ProtobufWriter writer;
  writer.text(1, raw(block.samples_ms));
  write_real(writer, 2, block.median_ms);
  write_real(writer, 3, block.seconds);
  return std::move(writer).bytes();
}

std::string encode_memory_use(const MemoryUse& use) { return write_memory(use).bytes(); }

std::string encode_error(const Error& error) {
  ProtobufWriter writer;
  writer.integer(1, static_cast<std::int64_t>(error.code));
  writer.text(2, std::string_view(error.message).substr(0, kMaxMessageText));
  return std::move(writer).bytes();
}

Result<LoadRequest> parse_load(std::string_view body) {
  LoadRequest request;
  TRY(read_fields(bytes_of_body(body), "what is to be loaded",
                  [&](const ProtobufField& field) { return read_option(field, request); }));
  return request;
}

Result<std::vector<Tensor>> parse_tensors(std::string_view body) {
  std::vector<Tensor> tensors;
  TRY(read_fields(bytes_of_body(body), "a list of tensors", [&](const ProtobufField& field) -> Status {
    if (field.number != 1) return unknown_field("a list of tensors", field);
    if (tensors.size() == kMaxMessageTensors) return broken_message("there are too many tensors");
    tensors.push_back(TRY(read_tensor(field)));
    return {};
  }));
  return tensors;
}

Result<ModelInfo> parse_info(std::string_view body) { return read_info(bytes_of_body(body)); }

Result<std::uint64_t> parse_number(std::string_view body) {
  std::uint64_t number = 0;
  TRY(read_fields(bytes_of_body(body), "a number", [&](const ProtobufField& field) -> Status {
    if (field.number != 1) return unknown_field("a number", field);
    number = TRY(read_integer(field, INT64_MAX));
    return {};
  }));
  return number;
}

Result<LoadedContender> parse_loaded(std::string_view body) {
  LoadedContender loaded;
  TRY(read_fields(bytes_of_body(body), "what was loaded",
                  [&](const ProtobufField& field) { return read_loaded_field(field, loaded); }));
  return loaded;
}

Result<Answer> parse_answer(std::string_view body) {
  Answer answer;
  TRY(read_fields(bytes_of_body(body), "an answer", [&](const ProtobufField& field) -> Status {
    if (field.number == 2) {
      answer.took_ms = TRY(read_real(field));
      return {};
    }
    if (field.number != 1) return unknown_field("an answer", field);
    if (answer.outputs.size() == kMaxMessageTensors) return broken_message("there are too many outputs");
    answer.outputs.push_back(TRY(read_tensor(field)));
    return {};
  }));
  return answer;
}

Result<Block> parse_block(std::string_view body) {
  Block block;
  TRY(read_fields(bytes_of_body(body), "a block", [&](const ProtobufField& field) -> Status {
    switch (field.number) {
      case 1: block.samples_ms = TRY(read_reals(field)); break;
      case 2: block.median_ms = TRY(read_real(field)); break;
      case 3: block.seconds = TRY(read_real(field)); break;
      default: return unknown_field("a block", field);
    }
    return {};
  }));
  if (block.samples_ms.empty()) return broken_message("a block without a run");
  return block;
}

Result<MemoryUse> parse_memory_use(std::string_view body) { return read_memory(bytes_of_body(body)); }

Result<Error> parse_error(std::string_view body) {
  Error error;
  TRY(read_fields(bytes_of_body(body), "an error", [&](const ProtobufField& field) -> Status {
    if (field.number == 1) {
      error.code = TRY(read_choice(field, Code::kUnauthenticated));
    } else if (field.number == 2) {
      error.message = TRY(read_text(field));
    } else {
      return unknown_field("an error", field);
    }
    return {};
  }));
  if (error.code < Code::kCancelled) return broken_message("an error without a code");
  return error;
}

}  // namespace tandem::bench
