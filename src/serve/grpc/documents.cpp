// SPDX-License-Identifier: Apache-2.0
// Field by field, with the numbers of proto/inference.proto.
#include "serve/grpc/documents.h"

#include <array>
#include <utility>
#include <vector>

#include "base/protobuf_writer.h"
#include "serve/v2/datatype.h"

namespace tandem::serve {
namespace {

// Numbers and texts that are zero or empty are left out, as proto3 has it.
void put(ProtobufWriter& writer, std::uint32_t field, std::uint64_t value) {
  if (value != 0) writer.integer(field, static_cast<std::int64_t>(value));
}
void put(ProtobufWriter& writer, std::uint32_t field, std::string_view text) {
  if (!text.empty()) writer.text(field, text);
}

void put_dims(ProtobufWriter& writer, std::uint32_t field, const SymbolicShape& shape, std::size_t first_axis) {
  std::vector<std::int64_t> dims;
  for (std::size_t axis = first_axis; axis < shape.rank(); ++axis) {
    dims.push_back(shape.dims[axis].is_fixed() ? shape.dims[axis].size : std::int64_t{-1});
  }
  if (!dims.empty()) writer.packed(field, std::span<const std::int64_t>(dims));
}

void put_metadata_tensors(ProtobufWriter& writer, std::uint32_t field, const std::vector<TensorSpec>& specs) {
  for (const TensorSpec& spec : specs) {
    ProtobufWriter tensor;
    put(tensor, 1, spec.name);
    put(tensor, 2, v2_datatype(spec.dtype));
    put_dims(tensor, 3, spec.shape, 0);
    writer.message(field, std::move(tensor));
  }
}

// inference.DataType of a model configuration; 0 is TYPE_INVALID.
std::uint64_t config_type(DType dtype) {
  constexpr std::array<std::string_view, 15> kNames{"",       "BOOL", "UINT8", "UINT16", "UINT32",
                                                    "UINT64", "INT8", "INT16", "INT32",  "INT64",
                                                    "FP16",   "FP32", "FP64",  "BYTES",  "BF16"};
  for (std::size_t i = 1; i < kNames.size(); ++i) {
    if (kNames[i] == v2_datatype(dtype)) return i;
  }
  return 0;
}

void put_configuration_tensors(ProtobufWriter& writer, std::uint32_t field, const std::vector<TensorSpec>& specs,
                               bool batched) {
  constexpr std::uint32_t kInput = 5;
  const bool is_input = field == kInput;
  for (const TensorSpec& spec : specs) {
    ProtobufWriter tensor;
    put(tensor, 1, spec.name);
    put(tensor, 2, config_type(spec.dtype));
    put_dims(tensor, is_input ? 4 : 3, spec.shape, batched ? 1 : 0);
    if (is_input && spec.optional) put(tensor, 8, 1);
    writer.message(field, std::move(tensor));
  }
}

void put_duration(ProtobufWriter& writer, std::uint32_t field, const DurationStatistic& statistic) {
  ProtobufWriter duration;
  put(duration, 1, statistic.count);
  put(duration, 2, statistic.ns);
  writer.message(field, std::move(duration));
}

ProtobufWriter statistics_of(const ModelStatistics& model) {
  ProtobufWriter writer;
  put(writer, 1, model.name);
  put(writer, 2, model.version);
  put(writer, 3, model.last_inference_ms);
  put(writer, 4, model.inference_count);
  put(writer, 5, model.execution_count);
  ProtobufWriter durations;
  const std::array all{&model.success,       &model.fail,           &model.queue,     &model.compute_input,
                       &model.compute_infer, &model.compute_output, &model.cache_hit, &model.cache_miss};
  for (std::uint32_t i = 0; i < all.size(); ++i) put_duration(durations, i + 1, *all[i]);
  writer.message(6, std::move(durations));
  for (const BatchStatistic& statistic : model.batches) {
    ProtobufWriter batch;
    put(batch, 1, static_cast<std::uint64_t>(statistic.batch_size));
    put_duration(batch, 2, statistic.compute_input);
    put_duration(batch, 3, statistic.compute_infer);
    put_duration(batch, 4, statistic.compute_output);
    writer.message(7, std::move(batch));
  }
  return writer;
}

}  // namespace

std::string grpc_server_metadata(std::string_view name, std::string_view version,
                                 std::span<const std::string_view> extensions) {
  ProtobufWriter writer;
  put(writer, 1, name);
  put(writer, 2, version);
  for (const std::string_view extension : extensions) writer.text(3, extension);
  return writer.bytes();
}

std::string grpc_model_metadata(const ServedModel& model) {
  ProtobufWriter writer;
  put(writer, 1, model.name);
  put(writer, 2, model.version);
  put(writer, 3, model.platform);
  put_metadata_tensors(writer, 4, model.info.inputs);
  put_metadata_tensors(writer, 5, model.info.outputs);
  return writer.bytes();
}

std::string grpc_model_configuration(const ServedModel& model) {
  const bool batched = model.max_batch_size > 0;
  ProtobufWriter latest;
  put(latest, 1, 1);
  ProtobufWriter policy;
  policy.message(1, std::move(latest));
  ProtobufWriter config;
  put(config, 1, model.name);
  put(config, 2, model.platform);
  config.message(3, std::move(policy));
  put(config, 4, static_cast<std::uint64_t>(model.max_batch_size));
  put_configuration_tensors(config, 5, model.info.inputs, batched);
  put_configuration_tensors(config, 6, model.info.outputs, batched);
  if (batched) config.message(11, ProtobufWriter());
  put(config, 17, model.backend);
  config.message(19, ProtobufWriter());  // decoupled: false
  ProtobufWriter writer;
  writer.message(1, std::move(config));
  return writer.bytes();
}

std::string grpc_model_statistics(std::span<const ModelStatistics> models) {
  ProtobufWriter writer;
  for (const ModelStatistics& model : models) writer.message(1, statistics_of(model));
  return writer.bytes();
}

std::string grpc_repository_index(std::span<const ModelState> models, bool only_ready) {
  ProtobufWriter writer;
  for (const ModelState& model : models) {
    if (only_ready && model.state != "READY") continue;
    ProtobufWriter entry;
    put(entry, 1, model.name);
    put(entry, 2, model.version);
    put(entry, 3, model.state);
    put(entry, 4, model.reason);
    writer.message(1, std::move(entry));
  }
  return writer.bytes();
}

std::string grpc_shared_memory_status(std::span<const SharedMemoryRegistration> regions) {
  ProtobufWriter writer;
  for (const SharedMemoryRegistration& region : regions) {
    ProtobufWriter status;
    put(status, 1, region.name);
    put(status, 2, region.key);
    put(status, 3, region.offset);
    put(status, 4, region.byte_size);
    ProtobufWriter entry;
    put(entry, 1, region.name);
    entry.message(2, std::move(status));
    writer.message(1, std::move(entry));
  }
  return writer.bytes();
}

}  // namespace tandem::serve
