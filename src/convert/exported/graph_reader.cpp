// SPDX-License-Identifier: Apache-2.0
// Nodes in their order; the types of values stand beside them.
#include "convert/exported/graph_reader.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "convert/exported/argument_reader.h"
#include "convert/exported/node_place.h"
#include "convert/exported/tensor_meta.h"

namespace tandem::convert::exported {
namespace {

Result<aten::Call> read_node(const JsonElement& node) {
  aten::Call call;
  Target target = read_target(TRY(text_field(node, "target")));
  call.name = std::move(target.name);
  call.overload = std::move(target.overload);
  if (has(node, "metadata")) {
    const JsonElement metadata = TRY(field(node, "metadata"));
    call.place = place_of(text_or_empty(metadata, "nn_module_stack"), text_or_empty(metadata, "stack_trace"));
  }
  TRY(for_each(TRY(field(node, "inputs")), [&](const JsonElement& input) -> Status {
    std::string name = TRY(text_field(input, "name"));
    auto argument = read_argument(TRY(field(input, "arg")));
    if (!argument) return fail(argument.error().with_context(fmt::format("{}, argument '{}'", describe(call), name)));
    call.arguments.emplace_back(std::move(name), std::move(*argument));
    return {};
  }));
  TRY(for_each(TRY(field(node, "outputs")), [&](const JsonElement& output) -> Status {
    for (std::string& name : TRY(names_of(output))) call.outputs.push_back(std::move(name));
    return {};
  }));
  return call;
}

/// Numbers that are computed from sizes; integers need no entry.
Status read_numbers(const JsonElement& graph, std::string_view list, DType dtype, GraphContent& content) {
  if (!has(graph, list)) return {};
  return for_each_member(TRY(field(graph, list)), [&](std::string_view name, const JsonElement&) {
    content.values.emplace(name, aten::ValueInfo{dtype, {}, true});
    return Status();
  });
}

/// The one value that an entry of a graph's inputs or outputs names.
Result<std::string> single_name(const JsonElement& entry) {
  std::vector<std::string> names = TRY(names_of(entry));
  if (names.size() != 1 || names.front().empty()) return invalid_argument("a branch takes or returns no single value");
  return std::move(names.front());
}

}  // namespace

Result<GraphContent> read_graph(const JsonElement& graph) {
  GraphContent content;
  TRY(for_each(TRY(field(graph, "nodes")), [&](const JsonElement& node) -> Status {
    auto call = read_node(node);
    if (!call) return fail(call.error().with_context(fmt::format("node {}", content.calls.size())));
    content.calls.push_back(std::move(*call));
    return {};
  }));
  TRY(read_numbers(graph, "sym_float_values", DType::kFloat32, content));
  TRY(read_numbers(graph, "sym_bool_values", DType::kBool, content));
  TRY(for_each_member(TRY(field(graph, "tensor_values")),
                      [&](std::string_view name, const JsonElement& meta) -> Status {
                        const auto read = read_tensor_meta(meta);
                        if (!read) return fail(read.error().with_context(fmt::format("tensor '{}'", name)));
                        content.values.emplace(name, value_info(*read));
                        return {};
                      }));
  return content;
}

Result<std::shared_ptr<const aten::Program>> read_inner_program(const JsonElement& argument) {
  auto program = std::make_shared<aten::Program>();
  program->name = TRY(text_field(argument, "name"));
  const JsonElement graph = TRY(field(argument, "graph"));
  GraphContent content = TRY(read_graph(graph));
  program->calls = std::move(content.calls);
  program->values = std::move(content.values);
  TRY(for_each(TRY(field(graph, "inputs")), [&](const JsonElement& input) -> Status {
    const std::string name = TRY(single_name(input));
    const auto known = program->values.find(name);
    program->inputs.push_back({name, name, known == program->values.end() ? aten::ValueInfo() : known->second});
    return {};
  }));
  TRY(for_each(TRY(field(graph, "outputs")), [&](const JsonElement& output) -> Status {
    const std::string name = TRY(single_name(output));
    program->outputs.push_back({name, name});
    return {};
  }));
  return program;
}

}  // namespace tandem::convert::exported
