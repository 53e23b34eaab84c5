// SPDX-License-Identifier: Apache-2.0
// The document from the top down; unknown fields are passed over, as newer writers add some.
#include "convert/exported/program_reader.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "convert/exported/argument_reader.h"
#include "convert/exported/graph_reader.h"
#include "convert/exported/json_access.h"
#include "convert/exported/node_place.h"
#include "convert/exported/out_spec.h"

namespace tandem::convert::exported {
namespace {

constexpr std::int64_t kOldestMajor = 7;  // PyTorch 2.5
constexpr std::int64_t kNewestMajor = 8;
constexpr std::int64_t kNewestMinor = 20;  // PyTorch 2.15

/// "2.15.0+cu132"; "" for what does not look like a version.
std::string version_text(std::string text) {
  const auto is_part = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '+' ||
           c == '-';
  };
  return text.size() <= 64 && std::ranges::all_of(text, is_part) ? std::move(text) : std::string();
}

Status read_versions(const JsonElement& root, ExportedProgram& program) {
  const JsonElement version = TRY(field(root, "schema_version"));
  program.schema_major = TRY(integer_field(version, "major"));
  program.schema_minor = TRY(integer_field(version, "minor"));
  program.torch_version = version_text(text_or_empty(root, "torch_version"));
  if (program.schema_major < kOldestMajor || program.schema_major > kNewestMajor) {
    return fail(
        Code::kUnimplemented,
        fmt::format("the program has schema version {}.{}; {} and {} are read: export it with PyTorch 2.5 or newer",
                    program.schema_major, program.schema_minor, kOldestMajor, kNewestMajor));
  }
  if (program.schema_major == kNewestMajor && program.schema_minor > kNewestMinor) {
    program.warnings.push_back(fmt::format("the program has schema version {}.{}, newer than the {}.{} that is known",
                                           program.schema_major, program.schema_minor, kNewestMajor, kNewestMinor));
  }
  if (!has(root, "verifiers")) return {};
  return for_each(TRY(field(root, "verifiers")), [&](const JsonElement& verifier) -> Status {
    std::string_view name;
    program.training_ir =
        program.training_ir || (verifier.get_string().get(name) == simdjson::SUCCESS && name == "TRAINING");
    return {};
  });
}

/// {"parameter": {"arg": {"name"}, "parameter_name"}}, {"user_input": {"arg": Argument}} ...
Result<InputSpec> read_input_spec(const JsonElement& spec) {
  using Kind = InputSpec::Kind;
  const auto of_weight = [&](std::string_view kind, std::string_view path, Kind as) -> Result<InputSpec> {
    const JsonElement body = TRY(field(spec, kind));
    InputSpec weight;
    weight.kind = as;
    weight.value = TRY(text_field(TRY(field(body, "arg")), "name"));
    weight.path = TRY(text_field(body, path));
    return weight;
  };
  if (has(spec, "parameter")) return of_weight("parameter", "parameter_name", Kind::kWeight);
  if (has(spec, "tensor_constant")) return of_weight("tensor_constant", "tensor_constant_name", Kind::kConstant);
  if (has(spec, "buffer")) {
    InputSpec buffer = TRY(of_weight("buffer", "buffer_name", Kind::kWeight));
    simdjson::dom::element persistent;
    const JsonElement body = TRY(field(spec, "buffer"));
    bool kept = true;
    if (body.at_key("persistent").get(persistent) == simdjson::SUCCESS &&
        persistent.get_bool().get(kept) == simdjson::SUCCESS && !kept) {
      buffer.kind = Kind::kConstant;
    }
    return buffer;
  }
  if (has(spec, "user_input")) {
    const auto names = TRY(names_of(TRY(field(TRY(field(spec, "user_input")), "arg"))));
    if (names.size() != 1) return invalid_argument("an input of the network is a list");
    return InputSpec{Kind::kUser, names.front(), {}};
  }
  if (has(spec, "constant_input")) return InputSpec{Kind::kUser, {}, {}};
  std::string kind = "nothing";
  TRY(for_each_member(spec, [&](std::string_view key, const JsonElement&) { return kind = key, Status(); }));
  return fail(Code::kUnimplemented,
              fmt::format("the network has an input of the kind '{}', which is not supported", kind));
}

Result<OutputSpec> read_output_spec(const JsonElement& spec, ExportedProgram& program) {
  for (const std::string_view kind : {"user_output", "loss_output"}) {
    if (!has(spec, kind)) continue;
    const auto names = TRY(names_of(TRY(field(TRY(field(spec, kind)), "arg"))));
    if (names.size() != 1) return invalid_argument("an output of the network is a list");
    return OutputSpec{OutputSpec::Kind::kUser, names.front()};
  }
  TRY(for_each_member(spec, [&](std::string_view kind, const JsonElement& body) {
    const std::string name = text_or_empty(body, kind == "buffer_mutation" ? "buffer_name" : "user_input_name");
    program.warnings.push_back(fmt::format("the network also changes '{}' ({}); the model does not", name, kind));
    return Status();
  }));
  return OutputSpec{OutputSpec::Kind::kMutation, {}};
}

Status read_signature(const JsonElement& graph_module, ExportedProgram& program) {
  const JsonElement signature = TRY(field(graph_module, "signature"));
  TRY(for_each(TRY(field(signature, "input_specs")), [&](const JsonElement& spec) -> Status {
    program.inputs.push_back(TRY(read_input_spec(spec)));
    return {};
  }));
  return for_each(TRY(field(signature, "output_specs")), [&](const JsonElement& spec) -> Status {
    program.outputs.push_back(TRY(read_output_spec(spec, program)));
    return {};
  });
}

/// What forward() calls its arguments, and the tree that it returns.
Status read_names(const JsonElement& graph_module, ExportedProgram& program) {
  if (!has(graph_module, "module_call_graph")) return {};
  simdjson::dom::element first;
  if (TRY(field(graph_module, "module_call_graph")).at(0).get(first) != simdjson::SUCCESS) return {};
  if (!has(first, "signature")) return {};
  const JsonElement signature = TRY(field(first, "signature"));
  program.output_names = output_names(text_or_empty(signature, "out_spec"));
  if (!has(signature, "forward_arg_names")) return {};
  return for_each(TRY(field(signature, "forward_arg_names")), [&](const JsonElement& name) -> Status {
    std::string_view text;
    if (name.get_string().get(text) == simdjson::SUCCESS) program.argument_names.emplace_back(text);
    return {};
  });
}

/// The class of the network: the outermost module of the first call that has one.
Result<std::string> network_of(const JsonElement& graph) {
  std::string network;
  TRY(for_each(TRY(field(graph, "nodes")), [&](const JsonElement& node) -> Status {
    if (network.empty() && has(node, "metadata")) {
      network = network_class(text_or_empty(TRY(field(node, "metadata")), "nn_module_stack"));
    }
    return {};
  }));
  return network;
}

}  // namespace

Result<ExportedProgram> read_program(std::string_view json) {
  const JsonText text = TRY(JsonText::parse(json, "the exported program"));
  ExportedProgram program;
  TRY(read_versions(text.root(), program));
  const JsonElement graph_module = TRY(field(text.root(), "graph_module"));
  TRY(read_signature(graph_module, program));
  TRY(read_names(graph_module, program));
  const JsonElement graph = TRY(field(graph_module, "graph"));
  program.network = TRY(network_of(graph));
  GraphContent content = TRY(read_graph(graph));
  program.calls = std::move(content.calls);
  program.values = std::move(content.values);
  return program;
}

}  // namespace tandem::convert::exported
