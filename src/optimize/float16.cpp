// SPDX-License-Identifier: Apache-2.0
// Float values between nodes are float16 under their old names; nodes that keep float32 get casts on both sides.
#include "optimize/float16.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

#include "core/half.h"
#include "graph/infer_dtypes.h"
#include "graph/patch.h"
#include "graph/verify.h"

namespace tandem::optimize {
namespace {

using graph::Node;

constexpr float kLargest = 65504.0F;

const std::set<std::string_view> kKeepFloat32 = {"ConvInteger",
                                                 "CumSum",
                                                 "DFT",
                                                 "DequantizeLinear",
                                                 "DynamicQuantizeLinear",
                                                 "EyeLike",
                                                 "GRU",
                                                 "LSTM",
                                                 "MatMulInteger",
                                                 "MelWeightMatrix",
                                                 "NonMaxSuppression",
                                                 "QuantizeLinear",
                                                 "RNN",
                                                 "RandomNormal",
                                                 "RandomNormalLike",
                                                 "RandomUniform",
                                                 "RandomUniformLike",
                                                 "Range",
                                                 "RoiAlign",
                                                 "STFT",
                                                 "TopK",
                                                 "Upsample"};

/// Constants that are float32 because nothing in them says otherwise.
bool is_untyped_constant(const Node& node) {
  const bool makes_constant = node.is("Constant") || node.is("ConstantOfShape");
  return makes_constant && node.attribute<Tensor>("value") == nullptr;
}

/// Inputs that the operator's schema wants in float32 whatever the others are.
bool stays_float32(const Node& node, std::size_t input) {
  return node.op_type == "Resize" && (input == 1 || input == 2);
}

bool has_subgraph(const Node& node) {
  return std::any_of(node.attributes.begin(), node.attributes.end(), [](const auto& attribute) {
    return std::holds_alternative<std::unique_ptr<graph::Graph>>(attribute.second);
  });
}

/// Below 6e-8 an epsilon is 0 in float16.
bool has_small_epsilon(const Node& node) {
  const auto* epsilon = node.attribute<float>("epsilon");
  return epsilon != nullptr && *epsilon < 6e-8F;
}

bool keeps_float32(const Node& node) {
  return !node.domain.empty() || kKeepFloat32.contains(node.op_type) || has_small_epsilon(node) ||
         is_untyped_constant(node);
}

Node cast(std::string from, std::string to, DType dtype) {
  Node node = graph::make_node("Cast", {std::move(from)}, {std::move(to)});
  node.attributes.emplace("to", static_cast<std::int64_t>(dtype));
  return node;
}

class Halving final {
 public:
  Halving(graph::Graph& graph, Float16Edges edges) : edit_(graph), types_(graph::infer_dtypes(graph)), edges_(edges) {}

  Result<Float16Report> run() {
    if (edges_ == Float16Edges::kKeep) cast_inputs();
    for (std::size_t i = 0; i < edit_.node_count(); ++i) {
      if (keeps_float32(edit_.node(i))) {
        keep(i);
      } else {
        TRY(halve(i));
      }
    }
    if (edges_ == Float16Edges::kKeep) {
      cast_outputs();
    } else {
      halve_edges();
    }
    edit_.apply();
    edit_.graph().values.clear();  // their types are no longer true
    return report_;
  }

 private:
  bool is_float(const std::string& value) const {
    const auto found = types_.find(value);
    return found != types_.end() && found->second == DType::kFloat32;
  }

  /// A float16 copy of each float input; halved nodes use it instead.
  void cast_inputs() {
    for (const TensorSpec& input : edit_.graph().inputs) {
      if (input.dtype != DType::kFloat32) continue;
      const std::string half = edit_.fresh(input.name + ".float16");
      edit_.put_first(cast(input.name, half, DType::kFloat16));
      halves_[input.name] = half;
    }
  }

  Result<Tensor> halved(const Tensor& tensor) {
    Tensor half = TRY(Tensor::allocate(DType::kFloat16, tensor.shape()));
    const auto from = tensor.values<float>();
    std::transform(from.begin(), from.end(), half.mutable_values<Float16>().begin(),
                   [this](float value) { return to_half(value); });
    ++report_.weights;
    return half;
  }

  Result<std::string> half_weight(const graph::Initializer& weight) {
    const auto known = halves_.find(weight.name);
    if (known != halves_.end()) return known->second;
    Tensor half = TRY(halved(weight.tensor));
    const std::string old = weight.name;  // add_weight moves the list that `weight` stands in
    const std::string name = edit_.add_weight(old + ".float16", std::move(half));
    halves_[old] = name;
    return name;
  }

  Float16 to_half(float value) {
    if (std::isfinite(value) && std::abs(value) > kLargest) {
      ++report_.clamped;
      value = std::copysign(kLargest, value);
    }
    const Float16 half = tandem::to_float16(value);
    if (value != 0 && to_float(half) == 0) ++report_.flushed;
    return half;
  }

  Status halve(std::size_t index) {
    Node& node = edit_.node(index);
    for (std::size_t k = 0; k < node.inputs.size(); ++k) {
      std::string& input = node.inputs[k];
      if (!is_float(input)) continue;
      graph::Initializer* weight = edit_.weight(input);
      if (stays_float32(node, k)) {
        if (weight == nullptr) input = cast_back(index, input);
      } else if (weight != nullptr) {
        input = TRY(half_weight(*weight));
      } else if (const auto known = halves_.find(input); known != halves_.end()) {
        input = known->second;
      }
    }
    return halve_attributes(node);
  }

  /// Attributes that fix the type of an output.
  Status halve_attributes(Node& node) {
    for (auto& [key, value] : node.attributes) {
      auto* tensor = std::get_if<Tensor>(&value);
      if (tensor != nullptr && tensor->dtype() == DType::kFloat32) {
        Tensor half = TRY(halved(*tensor));
        value = std::move(half);
        continue;
      }
      auto* number = std::get_if<std::int64_t>(&value);
      const bool is_type = (node.op_type == "Cast" && key == "to") || key == "dtype";
      if (number != nullptr && is_type && *number == static_cast<std::int64_t>(DType::kFloat32)) {
        *number = static_cast<std::int64_t>(DType::kFloat16);
      }
    }
    return {};
  }

  /// The float32 form of a value that is float16 now, made right before the node. Inputs whose type stays have it
  /// already.
  std::string cast_back(std::size_t index, const std::string& value) {
    if (halves_.contains(value)) return value;
    std::string whole = edit_.fresh(value + ".float32");
    edit_.put_before(index, cast(value, whole, DType::kFloat32));
    return whole;
  }

  void keep(std::size_t index) {
    Node& node = edit_.node(index);
    ++report_.kept_nodes;
    for (std::string& input : node.inputs) {
      if (is_float(input) && edit_.weight(input) == nullptr) input = cast_back(index, input);
    }
    for (std::string& output : node.outputs) {
      if (!is_float(output)) continue;
      std::string whole = edit_.fresh(output + ".float32");
      edit_.put_after(index, cast(whole, output, DType::kFloat16));
      output = std::move(whole);
    }
  }

  /// An output that no operator makes stays what it is.
  void halve_edges() {
    const auto halve_all = [&](std::vector<TensorSpec>& specs) {
      for (TensorSpec& spec : specs) {
        const bool is_made = edit_.weight(spec.name) == nullptr;
        if (spec.dtype == DType::kFloat32 && is_made) spec.dtype = DType::kFloat16;
      }
    };
    halve_all(edit_.graph().inputs);
    halve_all(edit_.graph().outputs);
  }

  /// Float outputs are made under another name and cast.
  void cast_outputs() {
    for (const TensorSpec& output : edit_.graph().outputs) {
      if (!is_float(output.name) || edit_.maker(output.name) == graph::Patch::npos) continue;
      const std::string half = edit_.fresh(output.name + ".float16");
      edit_.rename(output.name, half);
      edit_.put_last(cast(half, output.name, DType::kFloat32));
    }
  }

  graph::Patch edit_;
  std::map<std::string, DType, std::less<>> types_;
  std::map<std::string, std::string, std::less<>> halves_;  // inputs and weights -> their float16 form
  Float16Edges edges_;
  Float16Report report_;
};

}  // namespace

Result<Float16Report> to_float16(graph::Model& model, Float16Edges edges) {
  const auto branching = std::find_if(model.graph.nodes.begin(), model.graph.nodes.end(), has_subgraph);
  if (branching != model.graph.nodes.end()) {
    return fail(Code::kUnimplemented,
                fmt::format("float16 of a model with branches or loops ('{}', {}): only plain graphs are converted",
                            branching->name, branching->op_type));
  }
  const Float16Report report = TRY(Halving(model.graph, edges).run());
  TRY(graph::verify(model));
  return report;
}

}  // namespace tandem::optimize
