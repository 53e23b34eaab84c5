// SPDX-License-Identifier: Apache-2.0
// Conversions element by element around the inner session.
#include "app/models/float_edges.h"

#include <algorithm>
#include <utility>

#include "core/half.h"

namespace tandem::app {
namespace {

bool has_halves(const std::vector<TensorSpec>& specs) {
  return std::ranges::any_of(specs, [](const TensorSpec& spec) { return spec.dtype == DType::kFloat16; });
}

void widen(std::vector<TensorSpec>& specs) {
  for (TensorSpec& spec : specs) {
    if (spec.dtype == DType::kFloat16) spec.dtype = DType::kFloat32;
  }
}

class FloatEdges final : public Session {
 public:
  explicit FloatEdges(std::unique_ptr<Session> inner) : inner_(std::move(inner)), info_(inner_->info()) {
    widen(info_.inputs);
    widen(info_.outputs);
  }

  const ModelInfo& info() const override { return info_; }
  std::string describe() const override { return inner_->describe(); }

  using Session::run;
  Status run(std::span<const Tensor> inputs, std::span<Tensor> outputs) override {
    std::vector<Tensor> halved;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const bool convert = inner_->info().inputs[i].dtype == DType::kFloat16 && inputs[i].dtype() == DType::kFloat32;
      halved.push_back(convert ? TRY(to_halves(inputs[i])) : inputs[i].view());
    }
    std::vector<Tensor> made = TRY(inner_->run(halved));
    for (std::size_t i = 0; i < made.size(); ++i) {
      outputs[i] = made[i].dtype() == DType::kFloat16 ? TRY(to_floats(made[i])) : std::move(made[i]);
    }
    return {};
  }

 private:
  static Result<Tensor> to_halves(const Tensor& tensor) {
    Tensor halves = TRY(Tensor::allocate(DType::kFloat16, tensor.shape()));
    std::ranges::transform(tensor.values<float>(), halves.mutable_values<Float16>().begin(),
                           [](float value) { return to_float16(value); });
    return halves;
  }

  static Result<Tensor> to_floats(const Tensor& tensor) {
    Tensor floats = TRY(Tensor::allocate(DType::kFloat32, tensor.shape()));
    std::ranges::transform(tensor.values<Float16>(), floats.mutable_values<float>().begin(),
                           [](Float16 value) { return to_float(value); });
    return floats;
  }

  std::unique_ptr<Session> inner_;
  ModelInfo info_;
};

}  // namespace

std::unique_ptr<Session> with_float_edges(std::unique_ptr<Session> session) {
  if (!has_halves(session->info().inputs) && !has_halves(session->info().outputs)) return session;
  return std::make_unique<FloatEdges>(std::move(session));
}

}  // namespace tandem::app
