// SPDX-License-Identifier: Apache-2.0
// Calls wait until their inputs are there; nothing here recurses but models in models, which are bounded.
#include "convert/keras/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>

namespace tandem::convert::keras {
namespace {

constexpr int kMaxNetworkDepth = 16;

/// Conv2DTranspose -> conv2d_transpose, as Keras files weights (keras/src/utils/naming.py, to_snake_case).
std::string snake_case(std::string_view name) {
  const auto upper = [&](std::size_t i) { return i < name.size() && name[i] >= 'A' && name[i] <= 'Z'; };
  const auto lower = [&](std::size_t i) { return i < name.size() && name[i] >= 'a' && name[i] <= 'z'; };
  std::string first;  // (.)([A-Z][a-z]+) -> \1_\2
  for (std::size_t i = 0; i < name.size();) {
    first += name[i++];
    if (!upper(i) || !lower(i + 1)) continue;
    first += '_';
    do {
      first += name[i++];
    } while (lower(i));
  }
  std::string result;  // ([a-z])([A-Z]) -> \1_\2
  for (std::size_t i = 0; i < first.size(); ++i) {
    const bool is_upper = first[i] >= 'A' && first[i] <= 'Z';
    if (i > 0 && is_upper && first[i - 1] >= 'a' && first[i - 1] <= 'z') result += '_';
    result += is_upper ? static_cast<char>(first[i] - 'A' + 'a') : first[i];
  }
  return result;
}

/// The keys of a model's layers: classes are numbered in the order of the layers; operations are no layers.
std::vector<LayerKey> layer_keys(const ModelConfig& model) {
  std::map<std::string, int, std::less<>> counts;
  std::vector<LayerKey> keys;
  for (const LayerConfig& layer : model.layers) {
    std::string filed_as = snake_case(layer.class_name);
    if (!layer.operation) {
      const int count = counts[filed_as]++;
      if (count > 0) filed_as = fmt::format("{}_{}", filed_as, count);
    }
    keys.push_back({std::move(filed_as), layer.name});
  }
  return keys;
}

/// One call that is not built yet.
struct Waiting {
  std::size_t layer = 0;
  std::size_t call = 0;
  std::size_t missing = 0;  // inputs that are not there yet
};

class Assembly final {
 public:
  Assembly(LayerCall& outer, const ModelConfig& model) : outer_(outer), model_(model), keys_(layer_keys(model)) {}

  Result<std::vector<Value>> run() {
    if (model_.sequential) return run_in_sequence();
    TRY(provide_inputs());
    TRY(queue_calls());
    while (!ready_.empty()) {
      const std::size_t next = ready_.front();
      ready_.pop_front();
      TRY(build_call(waiting_[next]));
    }
    return collect_outputs();
  }

 private:
  std::string path_of(const LayerConfig& layer) const {
    return outer_.path.empty() ? layer.name : outer_.path + "/" + layer.name;
  }

  Result<std::vector<Value>> build(std::size_t layer, const Call& call, std::vector<Value> inputs) {
    const LayerConfig& config = model_.layers[layer];
    LayerWeights weights = TRY(outer_.weights.layer(keys_[layer]));
    return build_layer(
        {outer_.graph, config, call, std::move(weights), std::move(inputs), path_of(config), outer_.depth + 1});
  }

  Result<std::vector<Value>> run_in_sequence() {
    std::vector<Value> values = outer_.inputs;
    for (std::size_t i = 0; i < model_.layers.size(); ++i) {
      if (is_input(model_.layers[i])) continue;
      Call call;
      call.roles.assign(values.size(), "0");
      values = TRY(build(i, call, std::move(values)));
    }
    return values;
  }

  Status provide_inputs() {
    if (outer_.inputs.size() != model_.inputs.size()) {
      return invalid_argument(fmt::format("the model '{}' is given {} inputs: expected {}", model_.name,
                                          outer_.inputs.size(), model_.inputs.size()));
    }
    for (std::size_t i = 0; i < model_.inputs.size(); ++i) values_.insert_or_assign(model_.inputs[i], outer_.inputs[i]);
    return {};
  }

  Status queue_calls() {
    for (std::size_t layer = 0; layer < model_.layers.size(); ++layer) {
      const LayerConfig& config = model_.layers[layer];
      for (std::size_t call = 0; call < config.calls.size(); ++call) {
        if (is_input(config)) continue;
        const std::set<ValueRef> needed(config.calls[call].inputs.begin(), config.calls[call].inputs.end());
        Waiting waiting{layer, call, 0};
        for (const ValueRef& input : needed) {
          if (values_.contains(input)) continue;
          ++waiting.missing;
          waited_for_[input].push_back(waiting_.size());
        }
        if (needed.empty()) {
          return invalid_argument(fmt::format("the layer '{}' is called without any value", config.name));
        }
        if (waiting.missing == 0) ready_.push_back(waiting_.size());
        waiting_.push_back(waiting);
      }
    }
    return {};
  }

  Status build_call(const Waiting& waiting) {
    const LayerConfig& config = model_.layers[waiting.layer];
    const Call& call = config.calls[waiting.call];
    std::vector<Value> inputs;
    for (const ValueRef& input : call.inputs) inputs.push_back(values_.at(input));
    const std::vector<Value> outputs = TRY(build(waiting.layer, call, std::move(inputs)));
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const ValueRef reference{config.name, static_cast<std::int64_t>(waiting.call), static_cast<std::int64_t>(i)};
      if (!values_.insert_or_assign(reference, outputs[i]).second) {
        return invalid_argument(fmt::format("two layers are called '{}'", config.name));
      }
      const auto others = waited_for_.find(reference);
      if (others == waited_for_.end()) continue;
      for (const std::size_t other : others->second) {
        if (--waiting_[other].missing == 0) ready_.push_back(other);
      }
    }
    return {};
  }

  Result<std::vector<Value>> collect_outputs() const {
    std::vector<Value> outputs;
    for (const ValueRef& output : model_.outputs) {
      const auto found = values_.find(output);
      if (found == values_.end()) {
        return invalid_argument(
            fmt::format("the model '{}' gives output {} of call {} of '{}', which its layers do not lead to",
                        model_.name, output.output, output.call, output.layer));
      }
      outputs.push_back(found->second);
    }
    if (outputs.empty()) return invalid_argument(fmt::format("the model '{}' has no outputs", model_.name));
    return outputs;
  }

  LayerCall& outer_;
  const ModelConfig& model_;
  std::vector<LayerKey> keys_;
  std::map<ValueRef, Value> values_;
  std::vector<Waiting> waiting_;
  std::map<ValueRef, std::vector<std::size_t>> waited_for_;
  std::deque<std::size_t> ready_;
};

/// The layer inside a wrapper.
const ConfigValue* wrapped(const LayerConfig& layer) {
  const ConfigValue& inner = layer.settings->at("layer");
  return inner.is_object() ? &inner : nullptr;
}

std::string reason(const LayerConfig& layer) {
  if (layer.class_name == "Lambda" || layer.class_name == "TFOpLambda" || layer.class_name == "SlicingOpLambda") {
    return " holds Python code, which is never run";
  }
  return layer.custom ? " is a class of the model's author, whose code is not in the file" : "";
}

}  // namespace

Result<std::vector<Value>> build_model(LayerCall& call) {
  if (call.depth > kMaxNetworkDepth)
    return fail(Code::kResourceExhausted, "models lie deeper than 16 levels in models");
  const ModelConfig model = TRY(read_model_config(call.layer));
  TRY(call.graph.charge_calls(model.layers.size()));
  return Assembly(call, model).run();
}

Result<std::vector<std::string>> find_unknown_layers(const LayerConfig& model, int depth) {
  if (depth > kMaxNetworkDepth) return fail(Code::kResourceExhausted, "models lie deeper than 16 levels in models");
  std::vector<std::string> unknown;
  const ModelConfig config = TRY(read_model_config(model));
  std::vector<LayerConfig> layers = config.layers;
  for (const LayerConfig& layer : config.layers) {
    if (const ConfigValue* inner = wrapped(layer)) layers.push_back(TRY(read_layer_config(*inner)));
  }
  for (const LayerConfig& layer : layers) {
    if (is_model(layer) && !layer.custom) {
      for (std::string& name : TRY(find_unknown_layers(layer, depth + 1))) unknown.push_back(std::move(name));
    } else if (!is_input(layer) && find_layer_class(layer) == nullptr) {
      unknown.push_back(fmt::format("'{}' ({}){}", layer.name, layer.class_name, reason(layer)));
    }
  }
  return unknown;
}

}  // namespace tandem::convert::keras
