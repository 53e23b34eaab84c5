// SPDX-License-Identifier: Apache-2.0
// Dense, Embedding, and the layers that do nothing when a model answers.
#include <fmt/format.h>

#include <array>

#include "convert/keras/layer.h"

namespace tandem::convert::keras {
namespace {

/// After Flatten of an image stored channels first, row i of the kernel belongs to another place: (H, W, C) -> (C, H,
/// W).
Result<Tensor> kernel_for_flattened(const Tensor& kernel, const Dims& image) {
  std::vector<std::int64_t> dims(image.begin() + 1, image.end());
  dims.push_back(kernel.shape()[1]);
  const Tensor rows = TRY(kernel.view().reshaped(Shape(dims)));
  std::vector<std::size_t> order = {dims.size() - 2};
  for (std::size_t i = 0; i + 2 < dims.size(); ++i) order.push_back(i);
  order.push_back(dims.size() - 1);
  return TRY(permuted(rows, order)).reshaped(kernel.shape());
}

Result<std::vector<Value>> build_dense(LayerCall& call) {
  TRY(expect_inputs(call, 1));
  const bool flattened = !call.input().flattened.empty();
  const Value value = flattened ? call.input() : call.graph.in_keras_order(call.input());
  const Shape* shape = call.weights.next_shape();
  const std::int64_t units = TRY(call.settings().positive("units"));
  const std::int64_t inputs =
      value.channels() >= 0 || shape == nullptr || shape->rank() != 2 ? value.channels() : (*shape)[0];
  const Tensor kernel = TRY(call.weights.take({inputs, units}));
  // In another order under another name: the layer may be shared with a value that is stored otherwise.
  const std::string weight = flattened ? call.graph.weight(call.path + ".kernel_channels_first",
                                                           TRY(kernel_for_flattened(kernel, value.flattened)))
                                       : call.graph.weight(call.path + ".kernel", kernel.view());
  const bool use_bias = TRY(call.settings().flag("use_bias", true));
  std::string bias;
  if (use_bias) bias = call.graph.weight(call.path + ".bias", TRY(call.weights.take({units})));
  Value result = value;
  result.flattened.clear();
  result.dims.back() = units;
  if (value.rank() == 2) {
    std::vector<std::string> operands = {value.name, weight};
    if (use_bias) operands.push_back(bias);
    result.name = call.builder().add("Gemm", std::move(operands), call.path);
  } else {
    result.name = call.builder().add("MatMul", {value.name, weight}, call.path);
    if (use_bias) result.name = call.builder().add("Add", {result.name, bias}, call.path);
  }
  return only(TRY(activation(call.graph, result, call.settings().at("activation"), call.path + ".activation")));
}

Result<std::vector<Value>> build_embedding(LayerCall& call) {
  TRY(expect_inputs(call, 1));
  const std::int64_t words = TRY(call.settings().positive("input_dim"));
  const std::int64_t size = TRY(call.settings().positive("output_dim"));
  const std::string table = call.graph.weight(call.path + ".embeddings", TRY(call.weights.take({words, size})));
  Value result = call.graph.in_keras_order(call.input());
  if (result.dtype != DType::kInt32 && result.dtype != DType::kInt64) {
    constexpr auto kTo = static_cast<std::int64_t>(DType::kInt64);
    result = call.graph.same_shape("Cast", result, call.path + ".indices", attributes("to", kTo));
  }
  result.name = call.builder().add("Gather", {table, result.name}, call.path);
  result.dtype = DType::kFloat32;
  result.dims.push_back(size);
  result.masked = TRY(call.settings().flag("mask_zero", false));
  return only(std::move(result));
}

/// Steps that are mask_value all through become 0; layers behind would leave them out.
Result<std::vector<Value>> build_masking(LayerCall& call) {
  TRY(expect_inputs(call, 1));
  const auto mask_value = static_cast<float>(TRY(call.settings().number("mask_value", 0)));
  LayoutGraph& graph = call.graph;
  const Value value = graph.in_keras_order(call.input());
  const Value equal = graph.with_scalar("Equal", value, mask_value, call.path + ".equal");
  const Value differs = graph.same_shape("Not", equal, call.path + ".differs");
  const Value number = graph.same_shape("Cast", differs, call.path + ".number",
                                        attributes("to", static_cast<std::int64_t>(DType::kFloat32)));
  const std::string any = call.builder().add("ReduceMax", {number.name}, call.path + ".any",
                                             attributes("axes", std::vector<std::int64_t>{-1}));
  Value result = value;
  result.name = call.builder().add("Mul", {value.name, any}, call.path);
  result.masked = true;
  return only(std::move(result));
}

/// Only training sees a difference.
Result<std::vector<Value>> build_identity(LayerCall& call) { return call.inputs; }

constexpr std::array<LayerClass, 26> kDenseLayers = {{{"Dense", build_dense},
                                                      {"Embedding", build_embedding, false},
                                                      {"Masking", build_masking},
                                                      {"Identity", build_identity, false},
                                                      {"Dropout", build_identity, false},
                                                      {"SpatialDropout1D", build_identity, false},
                                                      {"SpatialDropout2D", build_identity, false},
                                                      {"SpatialDropout3D", build_identity, false},
                                                      {"AlphaDropout", build_identity, false},
                                                      {"GaussianDropout", build_identity, false},
                                                      {"GaussianNoise", build_identity, false},
                                                      {"ActivityRegularization", build_identity, false},
                                                      {"RandomFlip", build_identity, false},
                                                      {"RandomRotation", build_identity, false},
                                                      {"RandomTranslation", build_identity, false},
                                                      {"RandomZoom", build_identity, false},
                                                      {"RandomShear", build_identity, false},
                                                      {"RandomContrast", build_identity, false},
                                                      {"RandomBrightness", build_identity, false},
                                                      {"RandomHue", build_identity, false},
                                                      {"RandomSaturation", build_identity, false},
                                                      {"RandomSharpness", build_identity, false},
                                                      {"RandomGaussianBlur", build_identity, false},
                                                      {"RandomGrayscale", build_identity, false},
                                                      {"RandomColorJitter", build_identity, false},
                                                      {"RandomErasing", build_identity, false}}};

}  // namespace

std::span<const LayerClass> dense_layers() { return kDenseLayers; }

}  // namespace tandem::convert::keras
