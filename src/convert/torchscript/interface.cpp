// SPDX-License-Identifier: Apache-2.0
// Options first, the traced inputs second, guesses last.
#include "convert/torchscript/interface.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "convert/interface.h"

namespace tandem::convert::torchscript {
namespace {

constexpr std::size_t kMostOutputs = 4096;

std::string type_name(const Expression& type) {
  if (type.kind == ExpressionKind::kSubscript) return type.items[0].text;
  return type.text;
}

bool is_tensor_type(const Expression& type) { return type_name(type) == "Tensor" || type.text.empty(); }

/// How many tensors a parameter takes: one, several in a tuple, or none that can be told.
std::size_t tensors_of(const Expression& type) {
  if (type.kind != ExpressionKind::kSubscript) return is_tensor_type(type) ? 1 : 0;
  if (type_name(type) != "Tuple") return 0;
  const Expression& inner = type.items[1];
  if (inner.kind != ExpressionKind::kTuple) return is_tensor_type(inner) ? 1 : 0;
  return std::ranges::all_of(inner.items, is_tensor_type) ? inner.items.size() : 0;
}

class InputNaming final {
 public:
  InputNaming(const std::vector<TracedInput>& traced, const ConvertOptions& options, bool shapes_needed)
      : traced_(traced), options_(options), shapes_needed_(shapes_needed) {}

  Result<ScriptInputs> run(const Function& forward) {
    ScriptInputs inputs;
    for (std::size_t i = 1; i < forward.parameters.size(); ++i) {
      const FunctionParameter& parameter = forward.parameters[i];
      // What has a default and no shape keeps its default; so does all that stands behind it.
      const bool asked = asked_shape(options_, parameter.name) != nullptr || inputs.tensors.size() < traced_.size();
      if (parameter.otherwise && !asked) break;
      const bool is_optional = type_name(parameter.type) == "Optional";
      const std::size_t count = is_optional ? 1 : tensors_of(parameter.type);
      if (count == 0) return refuse(parameter);
      const bool is_tuple = type_name(parameter.type) == "Tuple";
      std::vector<ScriptValue> items;
      for (std::size_t k = 0; k < count; ++k) {
        const std::string name = is_tuple ? fmt::format("{}_{}", parameter.name, k) : parameter.name;
        inputs.tensors.push_back(TRY(input(name, inputs.tensors.size())));
        items.emplace_back(TensorValue{inputs.tensors.back().value});
      }
      inputs.arguments.push_back(is_tuple ? make_list(ScriptList::Kind::kTuple, std::move(items)) : items.front());
    }
    TRY(check_options(inputs));
    return inputs;
  }

 private:
  static tl::unexpected<Error> refuse(const FunctionParameter& parameter) {
    return fail(Code::kUnimplemented, fmt::format("forward's argument '{}' is neither a tensor nor a tuple of tensors; "
                                                  "wrap the network in one whose arguments are",
                                                  parameter.name));
  }

  Result<aten::ProgramInput> input(const std::string& name, std::size_t index) const {
    aten::ProgramInput made;
    made.value = fmt::format("input {}", name);
    made.name = renamed(options_, name);
    made.info.dtype = index < traced_.size() ? traced_[index].dtype : DType::kFloat32;
    if (const std::vector<std::int64_t>* shape = asked_shape(options_, name)) {
      for (std::size_t axis = 0; axis < shape->size(); ++axis) {
        const std::int64_t size = (*shape)[axis];
        const std::string open_name = axis == 0 ? "batch" : fmt::format("{}_{}", made.name, axis);
        made.info.shape.dims.push_back(size < 0 ? open_dim(options_, open_name) : Dim::fixed(size));
      }
      return made;
    }
    if (index < traced_.size()) {
      for (const std::int64_t size : traced_[index].shape) made.info.shape.dims.push_back(Dim::fixed(size));
      return made;
    }
    if (shapes_needed_) {
      return invalid_argument(
          fmt::format("the file does not say the shape of its input '{0}'; say it: --input "
                      "{0}=1x3x224x224, with -1 for a size that may change",
                      name));
    }
    made.info.shape.unknown_rank = true;
    return made;
  }

  Status check_options(const ScriptInputs& inputs) const {
    for (const auto& [name, shape] : options_.input_shapes) {
      const auto value = fmt::format("input {}", name);
      if (std::ranges::find(inputs.tensors, value, &aten::ProgramInput::value) != inputs.tensors.end()) continue;
      std::vector<std::string> known;
      for (const aten::ProgramInput& each : inputs.tensors) known.push_back(each.value.substr(6));
      return invalid_argument(fmt::format("the network has no input '{}'; it has {}", name, fmt::join(known, ", ")));
    }
    return {};
  }

  const std::vector<TracedInput>& traced_;
  const ConvertOptions& options_;
  bool shapes_needed_;
};

struct NamedValue {
  std::string name;
  ScriptValue value;
};

/// Lists within lists, one after the other; a dict's keys and a named tuple's fields are names.
Status flatten(const ScriptValue& value, const std::string& name, int depth, std::vector<NamedValue>& found) {
  if (depth > 16 || found.size() > kMostOutputs) {
    return fail(Code::kResourceExhausted, "the network's outputs are nested too deeply, or are more than 4096");
  }
  if (std::holds_alternative<std::monostate>(value)) return {};
  const ScriptList* list = as_list(value);
  if (list == nullptr) {
    found.push_back({name, value});
    return {};
  }
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const auto* key = i < list->keys.size() ? std::get_if<std::string>(&list->keys[i]) : nullptr;
    TRY(flatten(list->items[i], key == nullptr ? "" : *key, depth + 1, found));
  }
  return {};
}

}  // namespace

Result<ScriptInputs> name_inputs(const ScriptArchive& archive, const Function& forward, const ConvertOptions& options,
                                 bool shapes_needed) {
  return InputNaming(archive.traced_inputs(), options, shapes_needed).run(forward);
}

Status name_outputs(const ScriptValue& returned, const ConvertOptions& options, ProgramRecorder& recorder) {
  std::vector<NamedValue> found;
  TRY(flatten(returned, "", 0, found));
  if (found.empty()) return invalid_argument("the network returns no tensor");
  std::set<std::string> taken;
  for (std::size_t i = 0; i < found.size(); ++i) {
    std::string name = found[i].name;
    if (name.empty()) name = found.size() == 1 ? "output" : fmt::format("output_{}", i);
    while (!taken.insert(name).second) name += "_";
    const ScriptValue& value = found[i].value;
    std::string given;
    if (const auto* tensor = std::get_if<TensorValue>(&value)) {
      given = tensor->name;
    } else if (const auto* number = std::get_if<NumberValue>(&value)) {
      given = number->name;
    } else if (is_number(value)) {
      given = TRY(recorder.number_tensor(value)).name;
    } else {
      return fail(Code::kUnimplemented, fmt::format("the network returns {} as '{}'", kind_name(value), name));
    }
    recorder.output(std::move(given), renamed(options, std::move(name)));
  }
  return {};
}

bool learn_input_types(const aten::Program& program, std::vector<aten::ProgramInput>& inputs) {
  bool changed = false;
  for (const aten::Call& call : program.calls) {
    if (call.name != "embedding") continue;
    for (const auto& [name, argument] : call.arguments) {
      const auto* tensor = name == "indices" ? std::get_if<aten::TensorRef>(&argument) : nullptr;
      if (tensor == nullptr) continue;
      const auto found = std::ranges::find(inputs, tensor->name, &aten::ProgramInput::value);
      if (found == inputs.end() || found->info.dtype == DType::kInt64) continue;
      if (is_integer(found->info.dtype)) continue;
      found->info.dtype = DType::kInt64;
      changed = true;
    }
  }
  return changed;
}

}  // namespace tandem::convert::torchscript
