// SPDX-License-Identifier: Apache-2.0
// Inputs, layers, outputs; then what was not used.
#include "convert/keras/keras_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <span>

#include "convert/interface.h"
#include "convert/keras/network.h"

namespace tandem::convert::keras {
namespace {

Result<LayerConfig> whole_model(const KerasFile& file) {
  LayerConfig model = TRY(read_layer_config(file.config));
  if (model.custom || !is_model(model)) {
    return fail(
        Code::kUnimplemented,
        fmt::format("the model is of the class {}, which its author wrote in Python: its layers are not in the file. "
                    "Build it as a Functional or Sequential model, or export it to ONNX with Keras",
                    model.class_name));
  }
  return model;
}

/// The sizes that the caller gives, where the model leaves them open.
Status apply_shape(const ConvertOptions& options, const InputSettings& settings, const std::string& name, Dims& dims) {
  for (const auto& [wanted, sizes] : options.input_shapes) {
    if (wanted != name && wanted != settings.name) continue;
    bool fits = sizes.size() == dims.size();
    for (std::size_t axis = 0; fits && axis < dims.size(); ++axis) {
      fits = sizes[axis] == dims[axis] || (dims[axis] < 0 && sizes[axis] > 0);
      dims[axis] = sizes[axis];
    }
    if (!fits) {
      return invalid_argument(fmt::format("the shape [{}] does not fit the input '{}': the model has [{}]",
                                          fmt::join(sizes, ","), name, fmt::join(settings.dims, ",")));
    }
  }
  return {};
}

/// The shape with the names that the caller gives, or that its axes usually have.
SymbolicShape named_shape(const ConvertOptions& options, const Dims& dims, const std::string& prefix) {
  SymbolicShape shape = with_named_dims(dims, ChannelsAt::kBack, prefix);
  for (Dim& dim : shape.dims) {
    if (!dim.is_fixed()) dim = open_dim(options, dim.name);
  }
  return shape;
}

Result<std::vector<Value>> add_inputs(LayoutGraph& graph, const LayerConfig& model, const ConvertOptions& options) {
  std::vector<Value> values;
  const std::vector<InputSettings> inputs = TRY(read_inputs(model));
  for (const InputSettings& input : inputs) {
    if (input.dtype == DType::kString) return fail(Code::kUnimplemented, "an input of strings");
    const std::string name = inputs.size() == 1 ? "input" : input.name;
    Value value{"", input.dims, input.dtype};
    TRY(apply_shape(options, input, name, value.dims));
    SymbolicShape shape = named_shape(options, value.dims, inputs.size() == 1 ? "" : input.name + "_");
    value.name = graph.builder().input({renamed(options, name), input.dtype, std::move(shape)});
    values.push_back(std::move(value));
  }
  return values;
}

/// The layers that give the outputs, for their names.
std::vector<std::string> output_names(const LayerConfig& model, std::size_t count) {
  std::vector<std::string> names(count, "output");
  const auto config = read_model_config(model);
  for (std::size_t i = 0; count > 1 && i < count; ++i) {
    const bool known = config && i < config->outputs.size();
    names[i] = known ? config->outputs[i].layer : fmt::format("output_{}", i);
  }
  return names;
}

Status add_outputs(LayoutGraph& graph, const LayerConfig& model, std::vector<Value> outputs,
                   const ConvertOptions& options) {
  const std::vector<std::string> names = output_names(model, outputs.size());
  // Before any is renamed: an output that is given twice, or an input, gets a node of its own.
  std::set<std::string> taken;
  for (Value& output : outputs) {
    output = graph.in_keras_order(output);
    if (!taken.insert(output.name).second) output = graph.same_shape("Identity", output, output.name + ".again");
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    SymbolicShape shape = named_shape(options, outputs[i].dims, names[i] + "_");
    graph.builder().output(outputs[i].name, {renamed(options, names[i]), outputs[i].dtype, std::move(shape)});
  }
  return {};
}

int major_version(const KerasFile& file) {
  if (!file.version.empty()) return file.version.front() >= '3' ? 3 : 2;
  return file.legacy ? 2 : 3;
}

Status refuse_unknown(const LayerConfig& model) {
  constexpr std::size_t kNamed = 12;  // more are no better read in one sentence
  const std::vector<std::string> unknown = TRY(find_unknown_layers(model));
  if (unknown.empty()) return {};
  std::string names = fmt::format("{}", fmt::join(std::span(unknown).first(std::min(unknown.size(), kNamed)), ", "));
  if (unknown.size() > kNamed) {
    names += fmt::format(" and {} more, which tandem inspect lists", unknown.size() - kNamed);
  }
  return fail(Code::kUnimplemented, fmt::format("{} of the layers cannot be converted: {}", unknown.size(), names));
}

}  // namespace

Result<Conversion> convert_keras(const KerasFile& file, const ConvertOptions& options) {
  const LayerConfig model = TRY(whole_model(file));
  TRY(refuse_unknown(model));
  Weights weights(TRY(read_weights(*file.weights, file.weights_group)));
  LayoutGraph graph(model.name, major_version(file));
  std::vector<Value> inputs = TRY(add_inputs(graph, model, options));
  const Call call;
  LayerCall whole{graph,
                  model,
                  call,
                  file.legacy ? LayerWeights::of_legacy(*file.weights, weights, file.weights_group)
                              : LayerWeights::of_archive(*file.weights, weights),
                  std::move(inputs),
                  model.name};
  TRY(add_outputs(graph, model, TRY(build_model(whole)), options));
  Conversion conversion;
  conversion.network = model.name;
  conversion.facts = {{"keras", file.version}, {"class", model.class_name}};
  conversion.unused = weights.unused();
  ConvertedModel converted;
  converted.model = TRY(std::move(graph).finish());
  conversion.models.push_back(std::move(converted));
  return conversion;
}

namespace {

Status count_layers(const LayerConfig& model, int depth, std::map<std::string, std::size_t>& counts) {
  if (depth > 16) return fail(Code::kResourceExhausted, "models lie deeper than 16 levels in models");
  for (const LayerConfig& layer : TRY(read_model_config(model)).layers) {
    if (is_model(layer)) {
      TRY(count_layers(layer, depth + 1, counts));
    } else {
      ++counts[layer.class_name];
    }
  }
  return {};
}

}  // namespace

Result<KerasSummary> summarize_keras(const KerasFile& file) {
  const LayerConfig model = TRY(whole_model(file));
  KerasSummary summary;
  summary.model = fmt::format("{} '{}'", model.class_name, model.name);
  summary.unknown = TRY(find_unknown_layers(model));
  std::map<std::string, std::size_t> counts;
  TRY(count_layers(model, 0, counts));
  for (const auto& [name, count] : counts) {
    summary.layers += count;
    summary.classes.emplace_back(name, count);
  }
  std::ranges::stable_sort(summary.classes, std::greater<>(), &std::pair<std::string, std::size_t>::second);
  for (const NamedTensor& tensor : TRY(read_weights(*file.weights, file.weights_group))) {
    summary.parameters += tensor.tensor.element_count();
  }
  return summary;
}

}  // namespace tandem::convert::keras
