// SPDX-License-Identifier: Apache-2.0
// By name; the order of the file decides where one value has several names.
#include "engines/openvino/ports.h"

#include <fmt/format.h>

#include <algorithm>
#include <openvino/runtime/compiled_model.hpp>
#include <optional>
#include <unordered_set>
#include <utility>

#include "engines/openvino/values.h"

namespace tandem::openvino {
namespace {

using PortList = std::vector<ov::Output<const ov::Node>>;

/// Where an operator does nothing (Sum of one value), the port has the name of its result only; its node keeps the
/// other.
bool has_name(const PortList& ports, std::size_t index, const std::string& name) {
  if (index >= ports.size()) return false;
  return ports[index].get_names().contains(name) || ports[index].get_node()->get_friendly_name() == name;
}

/// Two outputs of one value have both names each, so the one that stands at the same place goes first.
std::optional<std::size_t> find_port(const PortList& ports, std::size_t place, const std::string& name) {
  if (has_name(ports, place, name)) return place;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    if (has_name(ports, i, name)) return i;
  }
  return std::nullopt;
}

void fill_in(const ov::Output<const ov::Node>& port, TensorSpec& spec) {
  spec.dtype = to_dtype(port.get_element_type());
  if (spec.shape.unknown_rank) spec.shape = to_symbolic_shape(port.get_partial_shape());
}

/// Where an operator does nothing (Dropout), its result's name replaces the input's; the order of the file is kept.
Status match_in_order(const PortList& ports, const std::vector<TensorSpec>& inputs, Ports& matched) {
  std::vector<std::size_t> nameless;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    if (std::ranges::find(matched.inputs, i) == matched.inputs.end()) nameless.push_back(i);
  }
  if (nameless.empty()) return {};
  const auto open = static_cast<std::size_t>(std::ranges::count(matched.inputs, kNone));
  if (open != nameless.size()) {
    return invalid_argument(
        fmt::format("OpenVINO made {} inputs of the model that the file does not name, and {} of those "
                    "that it names are not there",
                    nameless.size(), open));
  }
  auto next = nameless.begin();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (matched.inputs[i] == kNone) matched.inputs[i] = *next++;
  }
  return {};
}

/// An input without a port is one for which the model has a default, or whose value decides nothing, like that of
/// CastLike.
Status match_inputs(const PortList& ports, ModelInfo& info, Ports& matched) {
  std::vector<TensorSpec> inputs;
  for (TensorSpec& spec : info.inputs) {
    const auto port = find_port(ports, inputs.size(), spec.name);
    if (!port && spec.optional) continue;
    spec.optional = false;
    inputs.push_back(std::move(spec));
    matched.inputs.push_back(port.value_or(kNone));
  }
  TRY(match_in_order(ports, inputs, matched));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (matched.inputs[i] != kNone) fill_in(ports[matched.inputs[i]], inputs[i]);
  }
  info.inputs = std::move(inputs);
  return {};
}

std::size_t find_passed_input(const PortList& inputs, const std::unordered_set<std::string>& names,
                              const Ports& matched) {
  for (std::size_t i = 0; i < matched.inputs.size(); ++i) {
    if (matched.inputs[i] == kNone) continue;
    const auto& input_names = inputs[matched.inputs[i]].get_names();
    if (std::ranges::any_of(names, [&](const std::string& name) { return input_names.contains(name); })) return i;
  }
  return kNone;
}

}  // namespace

Result<Ports> match_ports(const ov::CompiledModel& compiled, ModelInfo& info) {
  Ports matched;
  TRY(match_inputs(compiled.inputs(), info, matched));
  for (std::size_t i = 0; i < info.outputs.size(); ++i) {
    const auto port = find_port(compiled.outputs(), i, info.outputs[i].name);
    if (!port) return invalid_argument(fmt::format("OpenVINO made no output '{}' of the model", info.outputs[i].name));
    fill_in(compiled.outputs()[*port], info.outputs[i]);
    matched.outputs.push_back(*port);
    matched.passed_inputs.push_back(
        find_passed_input(compiled.inputs(), compiled.outputs()[*port].get_names(), matched));
  }
  return matched;
}

}  // namespace tandem::openvino
