// SPDX-License-Identifier: Apache-2.0
// Archive, inputs, code, outputs, operators: in this order.
#include "convert/torchscript/torchscript.h"

#include <fmt/format.h>

#include <algorithm>

#include "convert/torchscript/interface.h"

namespace tandem::convert::torchscript {
namespace {

/// "__torch__.torchvision.models.resnet.___torch_mangle_7.ResNet" as its author knows it.
std::string network_name(const PickleValue& root) {
  std::string name;
  const std::string full = root.class_name();
  std::string_view rest = full;
  while (!rest.empty()) {
    const auto dot = rest.find('.');
    const std::string_view part = rest.substr(0, dot);
    if (part != "__torch__" && !part.starts_with("___torch_mangle_")) {
      if (!name.empty()) name += '.';
      name += part;
    }
    rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
  }
  return name;
}

/// A network that was walked through.
struct Walk {
  std::vector<aten::ProgramInput> inputs;
  std::unique_ptr<ProgramRecorder> recorder;
};

Result<const Function*> forward_of(ScriptArchive& archive) {
  const std::string name = archive.root().class_name();
  const Class* network = TRY(archive.find_class(name));
  const Function* forward = network == nullptr ? nullptr : network->method("forward");
  if (forward != nullptr) return forward;
  return invalid_argument(fmt::format("the file has no code for 'forward' of {}", name));
}

Status walk_once(ScriptArchive& archive, const ScriptInputs& inputs, const ConvertOptions& options, Walk& walk) {
  walk.recorder = std::make_unique<ProgramRecorder>(network_name(archive.root()));
  for (const aten::ProgramInput& input : walk.inputs) walk.recorder->input(input);
  Interpreter interpreter(archive, *walk.recorder);
  const ScriptValue returned = TRY(interpreter.run("forward", inputs.arguments));
  return name_outputs(returned, options, *walk.recorder);
}

/// Twice where the code tells that an input holds integers: types are needed from the start.
Status follow(ScriptArchive& archive, const ScriptInputs& inputs, const ConvertOptions& options, Walk& walk) {
  walk.inputs = inputs.tensors;
  const bool are_told = !archive.traced_inputs().empty();
  Status first = walk_once(archive, inputs, options, walk);
  if (are_told || !learn_input_types(walk.recorder->program(), walk.inputs)) return first;
  return walk_once(archive, inputs, options, walk);
}

std::vector<std::string> foreign_globals(const ScriptArchive& archive) {
  std::vector<std::string> names = archive.globals();
  std::erase_if(names, [](const std::string& name) { return name.starts_with("__torch__."); });
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace

Result<ConvertedScript> convert_torchscript(std::span<const std::byte> file, std::shared_ptr<const void> owner,
                                            const ConvertOptions& options) {
  ScriptArchive archive = TRY(ScriptArchive::open(file, std::move(owner)));
  const ScriptInputs inputs = TRY(name_inputs(archive, *TRY(forward_of(archive)), options, true));
  Walk walk;
  TRY(follow(archive, inputs, options, walk));
  ConvertedScript converted;
  Conversion& conversion = converted.conversion;
  conversion.network = network_name(archive.root());
  conversion.task = "inference";
  conversion.facts = {{"archive", archive.version()},
                      {"calls", fmt::format("{}", walk.recorder->program().calls.size())}};
  ConvertedModel model;
  model.model = TRY(walk.recorder->lower());
  conversion.models.push_back(std::move(model));
  converted.globals = foreign_globals(archive);
  return converted;
}

Result<ScriptReport> inspect_torchscript(std::span<const std::byte> file) {
  ScriptArchive archive = TRY(ScriptArchive::open(file, nullptr));
  ScriptReport report;
  report.version = archive.version();
  report.network = network_name(archive.root());
  const ScriptInputs inputs = TRY(name_inputs(archive, *TRY(forward_of(archive)), {}, false));
  Walk walk;
  const Status followed = follow(archive, inputs, {}, walk);
  if (!followed) report.not_convertible = followed.error().message;
  for (const aten::ProgramInput& input : walk.inputs) {
    report.inputs.push_back({input.name, input.info.dtype, input.info.shape});
  }
  const aten::Program& program = walk.recorder->program();
  report.weights = program.weights.size();
  for (const aten::Call& call : program.calls) ++report.operators[qualified_name(call)];
  report.unknown = aten::unknown_operators(program);
  return report;
}

}  // namespace tandem::convert::torchscript
