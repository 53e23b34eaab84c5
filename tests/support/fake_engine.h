// SPDX-License-Identifier: Apache-2.0
// FakeSession and FakeEngine: a model that is one C++ function, for tests of everything above the engines.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "engine/model_parts.h"

namespace tandem {

/// Runs `function` for every run(); counts nothing and keeps nothing.
class FakeSession final : public Session, public ModelParts {
 public:
  using Function = std::function<Status(std::span<const Tensor>, std::span<Tensor>)>;
  FakeSession(ModelInfo info, Function function, std::vector<std::string> parts = {})
      : info_(std::move(info)), function_(std::move(function)), parts_(std::move(parts)) {}

  const ModelInfo& info() const override { return info_; }
  std::string describe() const override { return "fake"; }
  std::vector<std::string> parts() const override { return parts_; }
  using Session::run;
  Status run(std::span<const Tensor> inputs, std::span<Tensor> outputs) override { return function_(inputs, outputs); }

 private:
  ModelInfo info_;
  Function function_;
  std::vector<std::string> parts_;
};

/// One float32 input `x` [batch,width] and one output `y` of the same shape.
inline ModelInfo fake_vector_model(std::int64_t width) {
  ModelInfo info;
  info.inputs.push_back({"x", DType::kFloat32, {{Dim::symbol("batch"), Dim::fixed(width)}}});
  info.outputs.push_back({"y", DType::kFloat32, {{Dim::symbol("batch"), Dim::fixed(width)}}});
  return info;
}

/// A fake_vector_model whose y = factor x.
inline std::unique_ptr<Session> scaling_session(std::int64_t width, float factor, std::vector<std::string> parts = {}) {
  const auto scale = [factor](std::span<const Tensor> inputs, std::span<Tensor> outputs) -> Status {
    if (outputs[0].empty()) outputs[0] = TRY(Tensor::allocate(DType::kFloat32, inputs[0].shape()));
    const auto x = inputs[0].values<float>();
    const auto y = outputs[0].mutable_values<float>();
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = factor * x[i];
    return {};
  };
  return std::make_unique<FakeSession>(fake_vector_model(width), scale, std::move(parts));
}
inline std::unique_ptr<Session> doubling_session(std::int64_t width) { return scaling_session(width, 2); }

/// An engine that loads nothing but says it supports one extension.
class FakeEngine final : public Engine {
 public:
  FakeEngine(std::string name, std::string extension, Status available)
      : name_(std::move(name)), extension_(std::move(extension)), available_(std::move(available)) {}

  std::string_view name() const override { return name_; }
  std::string version() const override { return "0"; }
  std::string_view description() const override { return "a fake"; }
  Status available() const override { return available_; }
  std::vector<EngineDevice> devices() const override { return {}; }
  bool supports(std::string_view extension) const override { return extension == extension_; }
  Result<std::unique_ptr<Session>> load(const std::filesystem::path&, const SessionOptions&) override {
    return doubling_session(4);
  }
  Result<std::unique_ptr<Session>> load_bytes(std::span<const std::byte>, const SessionOptions&) override {
    return doubling_session(4);
  }

 private:
  std::string name_;
  std::string extension_;
  Status available_;
};

}  // namespace tandem
