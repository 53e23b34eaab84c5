// SPDX-License-Identifier: Apache-2.0
// Files and checkpoints become parts; parts become sessions.
#include "app/optimize/optimize_network.h"

#include <fmt/format.h>

#include <span>

#include "app/models/captioner_session.h"
#include "app/models/float_edges.h"
#include "app/models/model_source.h"
#include "base/file.h"
#include "convert/checked/conversion_files.h"
#include "convert/networks/networks.h"
#include "formats/checkpoint.h"
#include "graph/onnx_reader.h"
#include "graph/onnx_writer.h"
#include "store/part_name.h"

namespace tandem::app {
namespace {

namespace fs = std::filesystem;

Result<std::string> read_config_text(const fs::path& file) {
  if (file.empty()) return std::string();
  return read_file(file, 256 << 10);
}

Result<NetworkPart> read_onnx_part(const fs::path& weights, const fs::path& config, std::string name) {
  NetworkPart part;
  part.name = std::move(name);
  part.onnx = std::make_shared<const std::string>(TRY(read_file(weights, std::uint64_t{2} << 30)));
  part.config = TRY(read_config_text(config));
  if (auto model = read_part(part); !model) return fail(model.error().with_context(weights.string()));
  return part;
}

Result<NetworkPart> read_step(const ModelSource& encoder, const std::string& step) {
  const ModelSource source = TRY(find_step(encoder, step));
  NetworkPart part = TRY(read_onnx_part(source.weights, source.config, step));
  part.part = "step";
  return part;
}

bool is_checkpoint(const fs::path& file) {
  const auto mapped = MappedFile::open(file);
  const FileContent content = mapped ? detect_content(mapped->bytes()) : FileContent::kUnknown;
  return is_state_dict(content);
}

Result<Network> convert_checkpoint(const Checkpoint& checkpoint, const std::string& name, const NetworkFlags& flags) {
  convert::ConvertOptions options;
  options.image_size = flags.image_size;
  const convert::Conversion conversion = TRY(convert::convert_state_dict(checkpoint, options));
  Network network;
  network.name = name;
  for (const convert::ConvertedModel& model : conversion.models) {
    NetworkPart part;
    part.part = model.part;
    part.name = part_name(name, model.part);
    part.onnx = TRY(write_part(model.model));
    part.config = convert::config_text(conversion, model, name);
    network.parts.push_back(std::move(part));
  }
  return network;
}

}  // namespace

Result<Network> read_network(const NetworkFlags& flags) {
  const ModelSource source = TRY(find_model(flags.model, flags.store));
  if (is_checkpoint(source.weights)) {
    const Checkpoint checkpoint = TRY(read_checkpoint(source.weights));
    Network network = TRY(convert_checkpoint(checkpoint, source.name, flags));
    network.label = "original";
    return network;
  }
  Network network;
  network.name = source.name;
  network.label = "original";
  network.parts.push_back(TRY(read_onnx_part(source.weights, source.config, source.name)));
  const auto config = TRY(network_config(network));
  if (config) network.precision = config->precision;
  if (config && config->caption) {
    network.parts[0].part = "encoder";
    network.parts.push_back(TRY(read_step(source, config->caption->step)));
  }
  return network;
}

Result<Network> read_pruned(const NetworkFlags& flags, const optimize::PruneOptions& options) {
  const ModelSource source = TRY(find_model(flags.model, flags.store));
  if (!is_checkpoint(source.weights)) {
    return invalid_argument(
        fmt::format("{} is no checkpoint: units are cut out of a captioner's .pth, before it becomes ONNX",
                    source.weights.string()));
  }
  Checkpoint checkpoint = TRY(read_checkpoint(source.weights));
  optimize::PrunedCaptioner pruned = TRY(optimize::prune_captioner(checkpoint.tensors, options));
  checkpoint.tensors = std::move(pruned.tensors);
  Network network = TRY(convert_checkpoint(checkpoint, source.name, flags));
  network.label = "pruned";
  network.about =
      fmt::format("decoder_dim {} to {}, attention_dim {} to {}, {} small weights set to 0", pruned.decoder_before,
                  pruned.decoder_after, pruned.attention_before, pruned.attention_after, pruned.zeroed);
  return network;
}

Result<graph::Model> read_part(const NetworkPart& part) {
  return read_onnx(std::as_bytes(std::span(*part.onnx)), part.onnx);
}

Result<std::shared_ptr<const std::string>> write_part(const graph::Model& model) {
  return std::make_shared<const std::string>(TRY(encode_onnx(model)).bytes());
}

Result<std::optional<ModelConfig>> network_config(const Network& network) {
  const NetworkPart& part = network.parts.front();
  if (part.config.empty()) return std::optional<ModelConfig>();
  auto config = parse_model_config(part.config);
  if (!config) return fail(config.error().with_context("the config of " + part.name));
  return std::optional<ModelConfig>(std::move(*config));
}

Result<std::unique_ptr<Session>> load_network(const Network& network, Engine& engine, const SessionOptions& options) {
  std::vector<std::unique_ptr<Session>> sessions;
  for (const NetworkPart& part : network.parts) {
    auto session = engine.load_bytes(std::as_bytes(std::span(*part.onnx)), options);
    if (!session) return fail(session.error().with_context(fmt::format("{} ({})", part.name, network.label)));
    sessions.push_back(with_float_edges(std::move(*session)));
  }
  if (sessions.size() == 1) return std::move(sessions[0]);
  auto config = TRY(network_config(network));
  if (sessions.size() != 2 || !config || !config->caption) {
    return fail(Code::kUnimplemented,
                fmt::format("a network of {} parts that is no captioner with its words: it cannot "
                            "be run as a whole",
                            sessions.size()));
  }
  return TRY(CaptionerSession::create(std::move(*config->caption), std::move(sessions[0]), std::move(sessions[1])));
}

}  // namespace tandem::app
