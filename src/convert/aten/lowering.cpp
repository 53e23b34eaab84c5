// SPDX-License-Identifier: Apache-2.0
// The calls in their order; what each gives is bound to its names, and writes reach everything that shares the memory.
#include "convert/aten/lowering.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "convert/aten/liveness.h"
#include "convert/aten/memory.h"
#include "convert/aten/operation.h"
#include "convert/aten/operators.h"
#include "convert/aten/views.h"
#include "graph/opset/convert_opset.h"

namespace tandem::convert::aten {
namespace {

/// So many views of views; a network has a handful.
constexpr std::size_t kDeepestView = 200;
/// So many conditions within conditions.
constexpr std::size_t kDeepestBranch = 16;

/// Also in the programs that calls hold.
void collect_unknown(const Program& program, std::map<std::string, UnknownOperator>& found, std::size_t depth) {
  const std::vector<bool> needed = needed_calls(program);
  for (std::size_t i = 0; i < program.calls.size() && depth <= kDeepestBranch; ++i) {
    const Call& call = program.calls[i];
    if (!needed[i]) continue;
    for (const auto& [name, argument] : call.arguments) {
      const auto* inner = std::get_if<std::shared_ptr<const Program>>(&argument);
      if (inner != nullptr) collect_unknown(**inner, found, depth + 1);
    }
    if (find_operator(call) != nullptr) continue;
    const std::string name = qualified_name(call);
    ++found.try_emplace(name, UnknownOperator{name, 0, call.place}).first->second.count;
  }
}

Status refuse_unknown(const Program& program) {
  const std::vector<UnknownOperator> unknown = unknown_operators(program);
  if (unknown.empty()) return {};
  std::string text =
      fmt::format("{} operator{} cannot be converted yet:", unknown.size(), unknown.size() == 1 ? "" : "s");
  for (const UnknownOperator& each : unknown) {
    text += fmt::format("\n  {} ({} time{}), first in {}", each.name, each.count, each.count == 1 ? "" : "s",
                        each.first.module.empty() ? "the network itself" : each.first.module);
    if (!each.first.source.empty()) text += fmt::format(" ({})", each.first.source);
  }
  return fail(Code::kUnimplemented, std::move(text));
}

/// Operators that hand back their input's memory although their schema does not say so.
constexpr std::string_view kSameTensor[] = {"dropout", "alpha_dropout", "feature_dropout", "feature_alpha_dropout"};
/// Those that copy when the memory is not laid out as they need it.
constexpr std::string_view kCopyOfStrided[] = {"contiguous", "reshape", "reshape_as", "flatten"};
/// Those that copy unless there is nothing to do.
constexpr std::string_view kCopyOfOther[] = {"to", "type_as"};

template <std::size_t N>
bool is_one_of(std::string_view name, const std::string_view (&names)[N]) {
  return std::ranges::find(names, name) != std::end(names);
}

class Lowering final : public Scope {
 public:
  /// depth  of graphs around the program's own; their outputs and weights are not its.
  Lowering(const Program& program, const LoweringOptions& options, Workspace& workspace, std::size_t depth = 0)
      : program_(program), options_(options), workspace_(workspace), depth_(depth) {}

  /// Appends the whole program, with inputs and outputs of the model.
  Status run() {
    for (const ProgramOutput& output : program_.outputs) workspace_.graph().reserve(output.name);
    TRY(define_inputs());
    TRY(lower_calls());
    return give_outputs();
  }

  Result<Value> tensor(const std::string& name) override {
    if (const auto weight = weights_.find(name); weight != weights_.end() && !memory_.has(name)) {
      const ProgramWeight& found = *weight->second;
      memory_.define(name, {workspace_.weight(found.path, found.tensor.view()), info_of(found.tensor)});
    }
    if (memory_.behind(name)) TRY(refresh(memory_.canonical(name)));
    if (const Value* value = memory_.value(name)) return *value;
    if (const auto found = withheld_.find(name); found != withheld_.end()) {
      return fail(Code::kUnimplemented, found->second);
    }
    return invalid_argument(fmt::format("the program uses '{}', which nothing before defines as a tensor", name));
  }

  Result<Size> size(const std::string& name) override {
    if (const Size* size = memory_.size(name)) return *size;
    const Value value = TRY(tensor(name));
    if (value.rank() == 0 && value.dtype() == DType::kInt64) return Size{0, value.name};
    return invalid_argument(fmt::format("the program uses '{}' as an integer, which it is not", name));
  }

  bool is_size(const std::string& name) const override { return memory_.size(name) != nullptr; }

  Result<std::unique_ptr<graph::Graph>> inner_graph(const Program& program,
                                                    const std::vector<std::string>& operands) override {
    if (depth_ + 1 > kDeepestBranch)
      return invalid_argument(fmt::format("more than {} branches within branches", kDeepestBranch));
    Lowering inner(program, options_, workspace_, depth_ + 1);
    TRY(bind_operands(operands, inner));
    workspace_.open_inner(program.name.empty() ? "branch" : program.name);
    TRY(inner.lower_calls());
    std::vector<TensorSpec> outputs = TRY(inner.branch_outputs());
    return workspace_.close_inner(std::move(outputs));
  }

 private:
  Status lower_calls() {
    const std::vector<bool> needed = needed_calls(program_);
    for (std::size_t i = 0; i < program_.calls.size(); ++i) {
      if (needed[i]) TRY(lower(program_.calls[i]));
    }
    return {};
  }

  /// What the inner program calls its inputs is bound to values of this one.
  Status bind_operands(const std::vector<std::string>& operands, Lowering& inner) {
    const std::vector<ProgramInput>& inputs = inner.program_.inputs;
    if (operands.size() != inputs.size() || !inner.program_.weights.empty()) {
      return invalid_argument(fmt::format("the program '{}' takes {} inputs and is given {}", inner.program_.name,
                                          inputs.size(), operands.size()));
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      TRY(inner.refuse_second(inputs[i].value));
      if (is_size(operands[i])) {
        inner.memory_.define_size(inputs[i].value, TRY(size(operands[i])));
      } else {
        inner.memory_.define(inputs[i].value, TRY(tensor(operands[i])));
      }
    }
    return {};
  }

  /// Of the graph that is open. Sizes that vary have no name there: those of the file are not the model's.
  Result<std::vector<TensorSpec>> branch_outputs() {
    std::vector<TensorSpec> specs;
    for (const ProgramOutput& output : program_.outputs) {
      const Value value = TRY(output_value(output.value));
      SymbolicShape shape = value.shape();
      for (Dim& dim : shape.dims) dim.name.clear();
      specs.push_back({value.name, value.dtype(), std::move(shape)});
    }
    return specs;
  }

  static ValueInfo info_of(const Tensor& tensor) {
    ValueInfo info;
    info.dtype = tensor.dtype();
    for (const std::int64_t size : tensor.shape().dims()) info.shape.dims.push_back(Dim::fixed(size));
    return info;
  }

  bool is_known(const std::string& name) const {
    return memory_.has(name) || memory_.size(name) != nullptr || weights_.contains(name) || withheld_.contains(name);
  }

  Status refuse_second(const std::string& name) const {
    if (!is_known(name)) return {};
    return invalid_argument(fmt::format("the program defines '{}' twice", name));
  }

  Status define_inputs() {
    for (const ProgramInput& input : program_.inputs) {
      TRY(refuse_second(input.value));
      const std::string name = workspace_.graph().input({input.name, input.info.dtype, input.info.shape});
      memory_.define(input.value, {name, input.info});
    }
    for (const ProgramWeight& weight : program_.weights) {
      TRY(refuse_second(weight.value));
      weights_.emplace(weight.value, &weight);
    }
    return {};
  }

  Result<const Schema*> schema_of(const Call& call) {
    const std::string name = full_name(call);
    auto found = schemas_.find(name);
    if (found == schemas_.end()) {
      // Operators of others (torchvision::nms) declare nothing here: their importers name every argument.
      Schema schema;
      if (auto declared = find_schema(name)) schema = std::move(*declared);
      found = schemas_.emplace(name, std::move(schema)).first;
    }
    return &found->second;
  }

  Result<std::vector<Outcome>> outcomes_of(const Call& call, const Schema& schema) {
    Operation operation(call, schema, *this, workspace_);
    const auto lowered = find_operator(call)->lower(operation);
    if (!lowered) {
      const bool placed = lowered.error().message.find(describe(call)) != std::string::npos;
      return fail(placed ? lowered.error() : lowered.error().with_context(describe(call)));
    }
    return operation.outcomes();
  }

  Status lower(const Call& call) {
    const Schema& schema = *TRY(schema_of(call));
    std::vector<Outcome> outcomes = TRY(outcomes_of(call, schema));
    for (const std::string& output : call.outputs) {
      if (!output.empty()) TRY(refuse_second(output));
    }
    if (is_in_place(call)) return bind_in_place(call, outcomes);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      if (!call.outputs[i].empty()) TRY(bind(call, schema, i, std::move(outcomes[i])));
    }
    return {};
  }

  ValueInfo info_of(const std::string& name, const std::string& value) const {
    const auto declared = program_.values.find(name);
    if (declared != program_.values.end()) return declared->second;
    if (options_.infer) {
      if (auto inferred = options_.infer(workspace_.graph().graph(), value)) return std::move(*inferred);
    }
    ValueInfo unknown;
    unknown.shape.unknown_rank = true;
    return unknown;
  }

  /// The tensor whose memory a call's outputs are in, when they are; "" otherwise.
  std::string base_of(const Call& call, const Schema& schema) const {
    const bool same = is_one_of(call.name, kSameTensor);
    if (!same && !schema.returns_alias) return {};
    for (const Parameter& parameter : schema.parameters) {
      if (!parameter.aliased && !same) continue;
      for (const auto& [name, argument] : call.arguments) {
        const auto* reference = std::get_if<TensorRef>(&argument);
        if (name == parameter.name && reference != nullptr && memory_.has(reference->name)) return reference->name;
      }
      return {};
    }
    return {};
  }

  Status bind(const Call& call, const Schema& schema, std::size_t index, Outcome outcome) {
    const std::string& name = call.outputs[index];
    if (auto* size = std::get_if<Size>(&outcome)) return memory_.define_size(name, std::move(*size)), Status();
    auto* made = std::get_if<std::string>(&outcome);
    if (made == nullptr) {
      withheld_.emplace(name,
                        fmt::format("{}: its output {} is used, which cannot be converted", describe(call), index));
      return {};
    }
    Value value{*made, info_of(name, *made)};
    if (options_.all_known && (value.shape().unknown_rank || value.dtype() == DType::kUndefined)) {
      return fail(Code::kUnimplemented, fmt::format("{}: the type and shape of its result cannot be inferred; export "
                                                    "the network with torch.export, whose files have them",
                                                    describe(call)));
    }
    const std::string base = base_of(call, schema);
    if (base.empty()) return memory_.define(name, std::move(value)), Status();
    const Value& before = *memory_.value(base);
    const bool unchanged = before.name == value.name;
    const bool copied = (is_one_of(call.name, kCopyOfStrided) && !before.info.contiguous) ||
                        (is_one_of(call.name, kCopyOfOther) && !unchanged);
    if (copied) return memory_.define(name, std::move(value)), Status();
    if (unchanged) return memory_.define_alias(name, base), Status();
    if (memory_.depth(base) >= kDeepestView) {
      return invalid_argument(fmt::format("{}: more than {} views of views", describe(call), kDeepestView));
    }
    return memory_.define_view(name, std::move(value), {base, &call, index}), Status();
  }

  Status bind_in_place(const Call& call, const std::vector<Outcome>& outcomes) {
    const TensorRef* target = call.arguments.empty() ? nullptr : std::get_if<TensorRef>(&call.arguments.front().second);
    const auto* made = outcomes.empty() ? nullptr : std::get_if<std::string>(&outcomes.front());
    if (target == nullptr || made == nullptr) {
      return invalid_argument(fmt::format("{}: it writes in place but names no tensor", describe(call)));
    }
    const Value before = TRY(tensor(target->name));
    TRY(write(target->name, {*made, before.info}));
    for (const std::string& output : call.outputs) {
      if (!output.empty()) memory_.define_alias(output, target->name);
    }
    return {};
  }

  /// Binds a tensor and all that it is a view of to what they hold after it was written.
  Status write(const std::string& name, Value written) {
    std::vector<std::pair<std::string, Value>> chain = {{memory_.canonical(name), std::move(written)}};
    while (const ViewOf* view = memory_.view(chain.back().first)) {
      const Value base = TRY(tensor(view->base));
      Operation operation(*view->call, *TRY(schema_of(*view->call)), *this, workspace_);
      std::string now = TRY(write_through(operation, view->output, base, chain.back().second.name));
      chain.emplace_back(view->base, Value{std::move(now), base.info});
    }
    memory_.write(chain);
    return {};
  }

  Status refresh(const std::string& name) {
    const ViewOf view = *memory_.view(name);
    const Value before = *memory_.value(name);
    const std::vector<Outcome> outcomes = TRY(outcomes_of(*view.call, *TRY(schema_of(*view.call))));
    const auto* made = std::get_if<std::string>(&outcomes[view.output]);
    if (made == nullptr) return internal_error(fmt::format("{} gave no value the second time", describe(*view.call)));
    memory_.refresh(name, {*made, before.info});
    return {};
  }

  Result<Value> output_value(const std::string& name) {
    const Size* size = memory_.size(name);
    if (size == nullptr) return tensor(name);
    const std::string value = size->is_fixed() ? workspace_.integer(size->fixed) : size->computed;
    return Value{value, {DType::kInt64, {}, true}};
  }

  Status give_outputs() {
    std::vector<Value> values;  // all of them, before the first one gets another name
    for (const ProgramOutput& output : program_.outputs) values.push_back(TRY(output_value(output.value)));
    std::map<std::string, std::string> given;  // value of the graph -> the output whose name it has now
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::string& name = program_.outputs[i].name;
      const auto [before, is_first] = given.emplace(values[i].name, name);
      const std::string value = is_first ? values[i].name : workspace_.graph().add("Identity", {before->second}, name);
      workspace_.graph().output(value, {name, values[i].dtype(), values[i].shape()});
    }
    return {};
  }

  const Program& program_;
  const LoweringOptions& options_;
  Workspace& workspace_;
  std::size_t depth_;
  Memory memory_;
  std::map<std::string, const ProgramWeight*, std::less<>> weights_;
  std::map<std::string, Schema, std::less<>> schemas_;
  std::map<std::string, std::string, std::less<>> withheld_;  // outputs that an operator cannot give, and why
};

}  // namespace

std::vector<UnknownOperator> unknown_operators(const Program& program) {
  std::map<std::string, UnknownOperator> found;
  collect_unknown(program, found, 0);
  std::vector<UnknownOperator> unknown;
  for (auto& [name, entry] : found) unknown.push_back(std::move(entry));
  return unknown;
}

Result<graph::Model> lower_program(const Program& program, const LoweringOptions& options) {
  TRY(refuse_unknown(program));
  Workspace workspace(program.name.empty() ? "main" : program.name);
  TRY(Lowering(program, options, workspace).run());
  graph::Model model = TRY(std::move(workspace.graph()).finish());
  // Nodes of a newer opset stand among those of 17 as they are; the others are taken up to it.
  if (workspace.opset() > model.opset()) TRY(graph::convert_opset(model, workspace.opset()));
  return model;
}

}  // namespace tandem::convert::aten
