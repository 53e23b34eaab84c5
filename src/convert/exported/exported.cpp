// SPDX-License-Identifier: Apache-2.0
// Archive, program, names, tensors, operators: in this order.
#include "convert/exported/exported.h"

#include <fmt/format.h>

#include <algorithm>

#include "convert/exported/archive.h"
#include "convert/exported/assemble.h"
#include "convert/exported/program_reader.h"
#include "convert/exported/program_tensors.h"
#include "convert/exported/sample_inputs.h"

namespace tandem::convert::exported {
namespace {

std::string schema_of(const ExportedProgram& program) {
  return fmt::format("{}.{}", program.schema_major, program.schema_minor);
}

/// The tensors that the network was exported with, under the model's names; nothing when they do not fit its inputs.
std::optional<Sample> sample_of(const ExportedArchive& archive, const Interface& interface,
                                std::shared_ptr<const void> owner, std::vector<std::string>& warnings) {
  if (archive.sample_inputs().empty()) return std::nullopt;
  auto leaves = read_sample_inputs(archive.sample_inputs(), std::move(owner));
  if (!leaves) {
    warnings.push_back(fmt::format("the sample inputs cannot be read: {}", leaves.error().message));
    return std::nullopt;
  }
  if (leaves->size() != interface.input_of_leaf.size()) return std::nullopt;
  Sample sample;
  for (std::size_t leaf = 0; leaf < leaves->size(); ++leaf) {
    if (!interface.input_of_leaf[leaf]) continue;
    const aten::ProgramInput& input = interface.inputs[*interface.input_of_leaf[leaf]];
    if (!check_matches({input.name, input.info.dtype, input.info.shape}, (*leaves)[leaf])) return std::nullopt;
    sample.inputs.push_back({input.name, std::move((*leaves)[leaf])});
  }
  return sample;
}

std::vector<std::pair<std::string, std::string>> facts_of(const ExportedProgram& program) {
  std::vector<std::pair<std::string, std::string>> facts;
  if (!program.torch_version.empty()) facts.emplace_back("torch", program.torch_version);
  facts.emplace_back("schema", schema_of(program));
  facts.emplace_back("ir", program.training_ir ? "training" : "core ATen");
  facts.emplace_back("calls", fmt::format("{}", program.calls.size()));
  return facts;
}

void sort_unique(std::vector<std::string>& names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

}  // namespace

Result<ConvertedProgram> convert_exported_program(std::span<const std::byte> file, std::shared_ptr<const void> owner,
                                                  const ConvertOptions& options) {
  const ExportedArchive archive = TRY(ExportedArchive::open(file));
  ExportedProgram program = TRY(read_program(archive.program()));
  const Interface interface = TRY(name_interface(program, options));
  ConvertedProgram converted;
  Conversion& conversion = converted.conversion;
  conversion.network = program.network.empty() ? "exported program" : program.network;
  conversion.task = "inference";
  conversion.facts = facts_of(program);
  ProgramTensors tensors = TRY(ProgramTensors::open(archive, owner));
  const aten::Program calls = TRY(assemble(program, interface, tensors));
  ConvertedModel model;
  model.model = TRY(aten::lower_program(calls));
  conversion.warnings = std::move(program.warnings);
  model.sample = sample_of(archive, interface, std::move(owner), conversion.warnings);
  conversion.models.push_back(std::move(model));
  converted.globals = tensors.globals();
  sort_unique(converted.globals);
  return converted;
}

Result<ProgramReport> inspect_exported_program(std::span<const std::byte> file) {
  const ExportedArchive archive = TRY(ExportedArchive::open(file));
  ExportedProgram program = TRY(read_program(archive.program()));
  const Interface interface = TRY(name_interface(program, {}));
  ProgramReport report;
  report.torch_version = program.torch_version;
  report.schema = schema_of(program);
  report.network = program.network;
  report.training_ir = program.training_ir;
  for (const aten::ProgramInput& input : interface.inputs) {
    report.inputs.push_back({input.name, input.info.dtype, input.info.shape});
  }
  for (const aten::ProgramOutput& output : interface.outputs) {
    const auto known = program.values.find(output.value);
    const aten::ValueInfo info =
        known == program.values.end() ? aten::ValueInfo{DType::kInt64, {}, true} : known->second;
    report.outputs.push_back({output.name, info.dtype, info.shape});
  }
  for (const InputSpec& spec : program.inputs) report.weights += spec.kind != InputSpec::Kind::kUser ? 1 : 0;
  for (const aten::Call& call : program.calls) ++report.operators[qualified_name(call)];
  aten::Program calls;
  calls.calls = std::move(program.calls);
  calls.outputs = interface.outputs;
  report.unknown = aten::unknown_operators(calls);
  report.warnings = std::move(program.warnings);
  return report;
}

}  // namespace tandem::convert::exported
