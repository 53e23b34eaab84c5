// SPDX-License-Identifier: Apache-2.0
// Field by field, in the order of Triton's documents.
#include "serve/v2/documents.h"

#include <array>
#include <string>

#include "serve/http/json_text.h"
#include "serve/v2/datatype.h"

namespace tandem::serve {
namespace {

void write_dims(JsonWriter& writer, const SymbolicShape& shape, std::size_t first_axis) {
  writer.begin_array();
  for (std::size_t axis = first_axis; axis < shape.rank(); ++axis) {
    writer.number(shape.dims[axis].is_fixed() ? shape.dims[axis].size : std::int64_t{-1});
  }
  writer.end_array();
}

void write_metadata_tensors(JsonWriter& writer, std::string_view key, const std::vector<TensorSpec>& specs) {
  writer.member(key).begin_array();
  for (const TensorSpec& spec : specs) {
    writer.begin_object().key("name").string(spec.name).key("datatype").string(v2_datatype(spec.dtype)).key("shape");
    write_dims(writer, spec.shape, 0);
    writer.end_object();
  }
  writer.end_array();
}

void write_configuration_tensors(JsonWriter& writer, std::string_view key, const std::vector<TensorSpec>& specs,
                                 bool batched) {
  writer.member(key).begin_array();
  for (const TensorSpec& spec : specs) {
    writer.begin_object().key("name").string(spec.name).key("data_type").string(v2_config_type(spec.dtype)).key("dims");
    write_dims(writer, spec.shape, batched ? 1 : 0);
    if (spec.optional) writer.key("optional").boolean(true);
    writer.end_object();
  }
  writer.end_array();
}

void write_duration(JsonWriter& writer, std::string_view key, const DurationStatistic& duration) {
  writer.member(key).begin_object().key("count").number(duration.count).key("ns").number(duration.ns).end_object();
}

void write_statistics(JsonWriter& writer, const ModelStatistics& model) {
  writer.begin_object().key("name").string(model.name).key("version").string(model.version);
  writer.key("last_inference").number(model.last_inference_ms);
  writer.key("inference_count").number(model.inference_count).key("execution_count").number(model.execution_count);
  writer.key("inference_stats").begin_object();
  write_duration(writer, "success", model.success);
  write_duration(writer, "fail", model.fail);
  write_duration(writer, "queue", model.queue);
  write_duration(writer, "compute_input", model.compute_input);
  write_duration(writer, "compute_infer", model.compute_infer);
  write_duration(writer, "compute_output", model.compute_output);
  write_duration(writer, "cache_hit", model.cache_hit);
  write_duration(writer, "cache_miss", model.cache_miss);
  writer.end_object();
  writer.key("response_stats").begin_object().end_object();
  writer.key("batch_stats").begin_array();
  for (const BatchStatistic& batch : model.batches) {
    writer.begin_object().key("batch_size").number(batch.batch_size);
    write_duration(writer, "compute_input", batch.compute_input);
    write_duration(writer, "compute_infer", batch.compute_infer);
    write_duration(writer, "compute_output", batch.compute_output);
    writer.end_object();
  }
  writer.end_array().key("memory_usage").begin_array().end_array().end_object();
}

}  // namespace

std::string server_metadata(std::string_view name, std::string_view version,
                            std::span<const std::string_view> extensions) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object().key("name").string(name).key("version").string(version).key("extensions").begin_array();
  for (const std::string_view extension : extensions) writer.string(extension);
  writer.end_array().end_object();
  return out;
}

std::string model_metadata(const ServedModel& model) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object().key("name").string(model.name);
  writer.key("versions").begin_array().string(model.version).end_array().key("platform").string(model.platform);
  write_metadata_tensors(writer, "inputs", model.info.inputs);
  write_metadata_tensors(writer, "outputs", model.info.outputs);
  writer.end_object();
  return out;
}

namespace {

void write_parameter(JsonWriter& writer, std::string_view name, std::int64_t value) {
  writer.member(name).begin_object().key("string_value").string(std::to_string(value)).end_object();
}

void write_dynamic_batching(JsonWriter& writer, const ScheduleConfig& schedule) {
  writer.key("dynamic_batching").begin_object();
  if (!schedule.preferred_batch_sizes.empty()) {
    writer.key("preferred_batch_size").begin_array();
    for (const std::int64_t size : schedule.preferred_batch_sizes) writer.number(size);
    writer.end_array();
  }
  writer.key("max_queue_delay_microseconds").number(std::int64_t{schedule.max_queue_delay.count()});
  if (schedule.priority_levels > 0) {
    const std::uint32_t standard =
        schedule.default_priority > 0 ? schedule.default_priority : (schedule.priority_levels + 1) / 2;
    writer.key("priority_levels").number(std::int64_t{schedule.priority_levels});
    writer.key("default_priority_level").number(std::int64_t{standard});
  }
  writer.end_object();
}

}  // namespace

std::string model_configuration(const ServedModel& model) {
  std::string out;
  JsonWriter writer(out);
  const bool batched = model.max_batch_size > 0;
  writer.begin_object().key("name").string(model.name).key("platform").string(model.platform);
  writer.key("backend").string(model.backend);
  writer.key("version_policy").raw(R"({"latest":{"num_versions":1}})");
  writer.key("max_batch_size").number(model.max_batch_size);
  write_configuration_tensors(writer, "input", model.info.inputs, batched);
  write_configuration_tensors(writer, "output", model.info.outputs, batched);
  if (batched) write_dynamic_batching(writer, model.schedule);
  writer.key("instance_group").begin_array().begin_object().key("name").string(model.name);
  writer.key("kind").string("KIND_CPU").key("count").number(std::int64_t{model.instances}).end_object().end_array();
  writer.key("parameters").begin_object();
  write_parameter(writer, "threads", model.threads);
  if (model.lone_threads > 0) write_parameter(writer, "lone_threads", model.lone_threads);
  write_parameter(writer, "useful_batch_size", model.useful_batch_size);
  writer.end_object();
  writer.key("model_transaction_policy").raw(R"({"decoupled":false})");
  writer.end_object();
  return out;
}

std::string model_statistics(std::span<const ModelStatistics> models) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object().key("model_stats").begin_array();
  for (const ModelStatistics& model : models) write_statistics(writer, model);
  writer.end_array().end_object();
  return out;
}

std::string repository_index(std::span<const ModelState> models, bool only_ready) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_array();
  for (const ModelState& model : models) {
    if (only_ready && model.state != "READY") continue;
    writer.begin_object().key("name").string(model.name).key("version").string(model.version);
    writer.key("state").string(model.state).key("reason").string(model.reason).end_object();
  }
  writer.end_array();
  return out;
}

}  // namespace tandem::serve
