// SPDX-License-Identifier: Apache-2.0
// A captioner of two C++ functions: it says "a red" of pictures with much red, else "a blue"; any batch size.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/model_info.h"
#include "core/tensor.h"
#include "pipeline/model_config.h"

namespace tandem::fake_captioner {

inline TensorSpec spec(std::string name, const std::vector<std::int64_t>& sizes, DType dtype = DType::kFloat32) {
  TensorSpec made{std::move(name), dtype, {{Dim::symbol("batch")}, false}, false};
  for (const std::int64_t size : sizes) made.shape.dims.push_back(Dim::fixed(size));
  return made;
}

inline ModelConfig encoder_config(std::string step = "step") {
  ModelConfig config;
  config.task = "caption";
  ImagePreprocess image;
  image.width = image.height = 4;
  config.inputs.push_back({"image", image});
  CaptionConfig& caption = config.caption.emplace();
  caption.step = std::move(step);
  caption.words = {"<pad>", "<start>", "<end>", "a", "red", "blue"};
  caption.start = 1;
  caption.end = 2;
  caption.never = {1, 0};
  caption.max_words = 5;
  return config;
}

inline ModelInfo encoder_info() {
  ModelInfo info;
  info.inputs = {spec("image", {3, 4, 4})};
  info.outputs = {spec("features", {4}), spec("h0", {1})};
  return info;
}

inline ModelInfo step_info() {
  ModelInfo info;
  info.inputs = {spec("word", {}, DType::kInt64), spec("h", {1}), spec("features", {4})};
  info.outputs = {spec("logits", {6}), spec("next_h", {1}), spec("alpha", {4})};
  return info;
}

/// features: the first red value, four times; h0: 0.
inline Result<std::vector<Tensor>> encode(std::span<const Tensor> inputs) {
  const std::int64_t batch = inputs[0].shape()[0];
  Tensor features = TRY(Tensor::allocate(DType::kFloat32, {batch, 4}));
  Tensor state = TRY(Tensor::allocate(DType::kFloat32, {batch, 1}));
  const auto pixels = inputs[0].values<float>();
  for (std::size_t i = 0; i < static_cast<std::size_t>(batch); ++i) {
    std::fill_n(features.mutable_values<float>().begin() + static_cast<std::ptrdiff_t>(4 * i), 4, pixels[48 * i]);
    state.mutable_values<float>()[i] = 0;
  }
  std::vector<Tensor> outputs;
  outputs.push_back(std::move(features));
  outputs.push_back(std::move(state));
  return outputs;
}

/// The state counts words: "a" follows <start>, the colour follows "a", <end> follows the colour. Looks at cell h.
inline Result<std::vector<Tensor>> step(std::span<const Tensor> inputs) {
  const std::int64_t batch = inputs[0].shape()[0];
  Tensor logits = TRY(Tensor::allocate(DType::kFloat32, {batch, 6}));
  Tensor next = TRY(Tensor::allocate(DType::kFloat32, {batch, 1}));
  Tensor alpha = TRY(Tensor::allocate(DType::kFloat32, {batch, 4}));
  std::ranges::fill(logits.mutable_values<float>(), 0.0F);
  std::ranges::fill(alpha.mutable_values<float>(), 0.0F);
  for (std::size_t i = 0; i < static_cast<std::size_t>(batch); ++i) {
    const std::int64_t last = inputs[0].values<std::int64_t>()[i];
    const float state = inputs[1].values<float>()[i];
    const bool red = inputs[2].values<float>()[4 * i] > 0.5F;
    const std::size_t colour = red ? 4 : 5;
    const std::size_t word = last == 1 ? 3 : last == 3 ? colour : 2;
    logits.mutable_values<float>()[6 * i + word] = 20;
    next.mutable_values<float>()[i] = state + 1;
    alpha.mutable_values<float>()[4 * i + static_cast<std::size_t>(state)] = 1;
  }
  std::vector<Tensor> outputs;
  outputs.push_back(std::move(logits));
  outputs.push_back(std::move(next));
  outputs.push_back(std::move(alpha));
  return outputs;
}

}  // namespace tandem::fake_captioner
