// SPDX-License-Identifier: Apache-2.0
// Keras 2 writes a call as lists [layer, call, output, arguments]; Keras 3 as arguments that hold __keras_tensor__
// objects.
#include "convert/keras/model_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace tandem::convert::keras {
namespace {

constexpr std::size_t kMaxLayers = 1U << 16;

/// [layer, call, output, ...]; nothing when the value is something else.
Result<ValueRef> read_reference(const ConfigValue& value) {
  const ConfigValue::List* list = value.list();
  if (list == nullptr || list->size() < 3 || (*list)[0].string() == nullptr || (*list)[1].whole() == nullptr ||
      (*list)[2].whole() == nullptr) {
    return invalid_argument(
        fmt::format("a connection between layers is {}: expected [layer, call, output]", value.describe()));
  }
  return ValueRef{*(*list)[0].string(), *(*list)[1].whole(), *(*list)[2].whole()};
}

bool is_reference(const ConfigValue& value) { return read_reference(value).has_value(); }

/// All references in the value, in their order.
Status collect_v3(const ConfigValue& value, const std::string& role, Call& call) {
  if (const ConfigValue::List* list = value.list()) {
    for (const ConfigValue& element : *list) TRY(collect_v3(element, role, call));
    return {};
  }
  const std::string* class_name = value.at("class_name").string();
  if (class_name == nullptr || *class_name != "__keras_tensor__") return {};
  call.inputs.push_back(TRY(read_reference(value.at("config").at("keras_history"))));
  call.roles.push_back(role);
  return {};
}

Result<Call> read_call_v3(const ConfigValue& node) {
  Call call;
  call.positional = &node.at("args");
  call.named = &node.at("kwargs");
  if (const ConfigValue::List* arguments = call.positional->list()) {
    for (std::size_t i = 0; i < arguments->size(); ++i) TRY(collect_v3((*arguments)[i], std::to_string(i), call));
  }
  if (const ConfigValue::Members* arguments = call.named->members()) {
    for (const auto& [name, value] : *arguments) TRY(collect_v3(value, name, call));
  }
  return call;
}

void collect_v2(const ConfigValue& value, const std::string& role, Call& call) {
  if (const auto reference = read_reference(value)) {
    call.inputs.push_back(*reference);
    call.roles.push_back(role);
  } else if (const ConfigValue::List* list = value.list()) {
    for (const ConfigValue& element : *list) collect_v2(element, role, call);
  }
}

Result<Call> read_call_v2(const ConfigValue& node) {
  Call call;
  const ConfigValue::List* entries = node.list();
  if (entries == nullptr) return invalid_argument("a call of a layer is no list");
  const ConfigValue single = is_reference(node) ? ConfigValue(ConfigValue::List{node}) : ConfigValue();
  if (!single.is_null()) entries = single.list();
  for (const ConfigValue& entry : *entries) {
    call.inputs.push_back(TRY(read_reference(entry)));
    call.roles.emplace_back("0");
    if (entry.list()->size() < 4 || !(*entry.list())[3].is_object()) continue;
    if (single.is_null()) call.named = &(*entry.list())[3];
    for (const auto& [name, value] : *(*entry.list())[3].members()) collect_v2(value, name, call);
  }
  return call;
}

Result<std::vector<Call>> read_calls(const ConfigValue& nodes) {
  std::vector<Call> calls;
  if (nodes.list() == nullptr) return calls;
  for (const ConfigValue& node : *nodes.list()) {
    calls.push_back(TRY(node.is_object() ? read_call_v3(node) : read_call_v2(node)));
  }
  return calls;
}

/// One reference, or a list of them, or an object of them.
Status collect_ends(const ConfigValue& ends, std::vector<ValueRef>& found) {
  if (is_reference(ends)) {
    found.push_back(TRY(read_reference(ends)));
    return {};
  }
  if (const ConfigValue::Members* members = ends.members()) {
    for (const auto& [name, value] : *members) TRY(collect_ends(value, found));
    return {};
  }
  if (ends.list() == nullptr) return invalid_argument("the model does not say what its inputs and outputs are");
  for (const ConfigValue& end : *ends.list()) TRY(collect_ends(end, found));
  return {};
}

/// Keras writes its own classes as keras.layers, keras.src...; a user's are registered as package>name.
bool is_custom(const ConfigValue& layer) {
  const std::string* registered = layer.at("registered_name").string();
  if (registered != nullptr && registered->find('>') != std::string::npos) {
    return !registered->starts_with("Keras>") && !registered->starts_with("keras>");
  }
  const std::string* module = layer.at("module").string();
  return module != nullptr && *module != "keras" && !module->starts_with("keras.") && !module->starts_with("tf_keras");
}

/// Classes of keras.src.ops; some layers have the same names.
constexpr std::array<std::string_view, 7> kOperations = {"Add",     "Subtract",   "Multiply", "Maximum",
                                                         "Minimum", "TrueDivide", "Divide"};

/// `a + b` of Keras 3. In .h5 no module is said; a name is all that such an operation has there, and a layer never.
bool is_operation(const ConfigValue& layer, const std::string& class_name) {
  if (const std::string* module = layer.at("module").string()) return module->starts_with("keras.src.ops.");
  const ConfigValue::Members* settings = layer.at("config").members();
  const bool is_bare = settings != nullptr && settings->size() == 1 && settings->front().first == "name";
  return is_bare && std::ranges::find(kOperations, class_name) != kOperations.end();
}

}  // namespace

Result<LayerConfig> read_layer_config(const ConfigValue& layer) {
  LayerConfig read;
  const std::string* class_name = layer.at("class_name").string();
  if (class_name == nullptr) return invalid_argument("a layer does not say of which class it is");
  read.class_name = *class_name;
  read.settings = &layer.at("config");
  read.name = TRY(layer.text("name", TRY(read.settings->text("name", *class_name))));
  read.custom = is_custom(layer);
  read.operation = is_operation(layer, read.class_name);
  auto calls = read_calls(layer.at("inbound_nodes"));
  if (!calls) return fail(calls.error().with_context("layer '" + read.name + "'"));
  read.calls = std::move(*calls);
  return read;
}

bool is_model(const LayerConfig& layer) {
  const bool has_layers = layer.settings->list() != nullptr || layer.settings->at("layers").list() != nullptr;
  return has_layers && !layer.operation;
}

Result<ModelConfig> read_model_config(const LayerConfig& model) {
  ModelConfig read;
  read.name = model.name;
  const ConfigValue& settings = *model.settings;
  const ConfigValue::List* layers = settings.list() != nullptr ? settings.list() : settings.at("layers").list();
  if (layers == nullptr) return invalid_argument("the model has no layers");
  if (layers->size() > kMaxLayers) return fail(Code::kResourceExhausted, "the model has more than 65536 layers");
  for (const ConfigValue& layer : *layers) read.layers.push_back(TRY(read_layer_config(layer)));
  read.sequential = model.class_name == "Sequential";
  if (read.sequential) return read;
  TRY(collect_ends(settings.at("input_layers"), read.inputs));
  TRY(collect_ends(settings.at("output_layers"), read.outputs));
  return read;
}

}  // namespace tandem::convert::keras
