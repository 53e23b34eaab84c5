// SPDX-License-Identifier: Apache-2.0
// Questions about values are answered by lowering the calls so far: most networks ask none.
#include "convert/torchscript/program_recorder.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "graph/shapes/infer_shapes.h"

namespace tandem::convert::torchscript {
namespace {

constexpr std::size_t kMostCalls = 1U << 20;
/// Each is a lowering of the program: a scripted network asks one in a few layers.
constexpr std::size_t kMostQuestions = 2000;
constexpr std::string_view kAsked = "asked";

bool is_view_with_strides(const graph::Graph& graph, std::string_view value) {
  if (graph.nodes.empty()) return false;
  const graph::Node& last = graph.nodes.back();
  const bool made = std::ranges::find(last.outputs, value) != last.outputs.end();
  return made && (last.is("Transpose") || last.is("Expand") || last.is("Slice"));
}

}  // namespace

aten::LoweringOptions inferring_options() {
  const auto shapes = std::make_shared<graph::GrowingShapes>();
  aten::LoweringOptions options;
  options.infer = [shapes](const graph::Graph& graph, std::string_view value) -> std::optional<aten::ValueInfo> {
    const graph::ValueFacts& facts = graph::facts_of(shapes->update(graph), value);
    return aten::ValueInfo{facts.dtype, facts.shape, !is_view_with_strides(graph, value)};
  };
  options.all_known = true;
  return options;
}

TensorValue ProgramRecorder::input(aten::ProgramInput input) {
  TensorValue value{input.value};
  program_.inputs.push_back(std::move(input));
  return value;
}

TensorValue ProgramRecorder::weight(const void* identity, std::string path, Tensor tensor) {
  const auto [found, is_new] = weights_.try_emplace(identity, fmt::format("weight {}", weights_.size()));
  if (is_new) program_.weights.push_back({found->second, std::move(path), std::move(tensor)});
  return {found->second};
}

Result<TensorValue> ProgramRecorder::number_tensor(const ScriptValue& number) {
  std::string value = fmt::format("number {}", names_++);
  const auto add = [&](auto element) -> Status {
    using Element = decltype(element);
    Tensor tensor = TRY(Tensor::from<Element>(Shape{}, std::span<const Element>(&element, 1)));
    program_.weights.push_back({value, "number", std::move(tensor)});
    return {};
  };
  if (const auto* flag = std::get_if<bool>(&number)) {
    TRY(add(*flag));
  } else if (const auto* integer = std::get_if<std::int64_t>(&number)) {
    TRY(add(*integer));
  } else {
    TRY(add(static_cast<float>(as_real(number))));
  }
  return TensorValue{std::move(value)};
}

Result<std::vector<std::string>> ProgramRecorder::append(aten::Call call, std::size_t outputs) {
  if (program_.calls.size() == kMostCalls) {
    return fail(Code::kResourceExhausted, "the network has more than a million calls once its loops are unrolled");
  }
  for (std::size_t i = 0; i < outputs; ++i) call.outputs.push_back(fmt::format("v{}", names_++));
  program_.calls.push_back(std::move(call));
  return program_.calls.back().outputs;
}

Result<graph::Model> ProgramRecorder::lower_for(const std::string& value) {
  if (++questions_ > kMostQuestions) {
    return fail(Code::kResourceExhausted, "the code asks for the sizes of tensors more often than networks do");
  }
  program_.outputs = {{value, std::string(kAsked)}};
  auto model = aten::lower_program(program_, inferring_options());
  program_.outputs.clear();
  return model;
}

Result<TensorSpec> ProgramRecorder::describe(const std::string& tensor) {
  if (const auto found = described_.find(tensor); found != described_.end()) return found->second;
  const graph::Model model = TRY(lower_for(tensor));
  const TensorSpec& spec = model.graph.outputs.front();
  if (spec.shape.unknown_rank || spec.dtype == DType::kUndefined) {
    return fail(Code::kFailedPrecondition, "the code depends on the shape of a tensor that cannot be inferred");
  }
  described_.emplace(tensor, spec);
  return spec;
}

Result<std::optional<std::int64_t>> ProgramRecorder::known(const std::string& number) {
  const graph::Model model = TRY(lower_for(number));
  for (const graph::Node& node : model.graph.nodes) {
    if (node.outputs.empty() || node.outputs.front() != kAsked || !node.is("Identity")) continue;
    const graph::Initializer* constant = model.graph.find_initializer(node.inputs.front());
    const bool is_integer =
        constant != nullptr && constant->tensor.dtype() == DType::kInt64 && constant->tensor.element_count() == 1;
    if (is_integer) return std::optional(constant->tensor.values<std::int64_t>()[0]);
  }
  return std::optional<std::int64_t>();
}

Result<graph::Model> ProgramRecorder::lower() const { return aten::lower_program(program_, inferring_options()); }

}  // namespace tandem::convert::torchscript
