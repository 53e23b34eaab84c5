// SPDX-License-Identifier: Apache-2.0
// Everything but loading is the inner engine's.
#include "conformance/rewriting_engine.h"

#include "base/file.h"
#include "graph/onnx_reader.h"
#include "graph/onnx_writer.h"
#include "graph/opset/convert_opset.h"
#include "graph/passes/simplify.h"
#include "graph/shapes/infer_shapes.h"
#include "graph/verify.h"

namespace tandem::conformance {
namespace {

/// Everything but loading.
class EngineAround : public Engine {
 public:
  explicit EngineAround(std::unique_ptr<Engine> inner) : inner_(std::move(inner)) {}

  std::string_view name() const override { return inner_->name(); }
  std::string version() const override { return inner_->version() + ", models rewritten"; }
  std::string_view description() const override { return inner_->description(); }
  Status available() const override { return inner_->available(); }
  std::vector<EngineDevice> devices() const override { return inner_->devices(); }
  bool supports(std::string_view extension) const override { return inner_->supports(extension); }

  Result<std::unique_ptr<Session>> load(const std::filesystem::path& model, const SessionOptions& options) override {
    const MappedFile file = TRY(MappedFile::open(model));
    return load_bytes(file.bytes(), options);
  }

 protected:
  std::unique_ptr<Engine> inner_;
};

class RewritingEngine final : public EngineAround {
 public:
  RewritingEngine(std::unique_ptr<Engine> inner, Rewrite rewrite)
      : EngineAround(std::move(inner)), rewrite_(std::move(rewrite)) {}

  Result<std::unique_ptr<Session>> load_bytes(std::span<const std::byte> bytes,
                                              const SessionOptions& options) override {
    graph::Model model = TRY(read_onnx(bytes));
    TRY(graph::verify(model));
    TRY(rewrite_(model));
    const std::string written = TRY(encode_onnx(model)).bytes();
    return inner_->load_bytes(std::as_bytes(std::span(written)), options);
  }

 private:
  Rewrite rewrite_;
};

class ShapeCheckingSession final : public Session {
 public:
  ShapeCheckingSession(std::unique_ptr<Session> inner, graph::Facts facts)
      : inner_(std::move(inner)), facts_(std::move(facts)) {}

  const ModelInfo& info() const override { return inner_->info(); }
  std::string describe() const override { return inner_->describe(); }

  Status run(std::span<const Tensor> inputs, std::span<Tensor> outputs) override {
    TRY(inner_->run(inputs, outputs));
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const graph::ValueFacts& facts = graph::facts_of(facts_, info().outputs[i].name);
      const bool type_fits = facts.dtype == DType::kUndefined || facts.dtype == outputs[i].dtype();
      if (type_fits && facts.shape.accepts(outputs[i].shape())) continue;
      return fail(Code::kDataLoss, "infer_shapes says " + std::string(dtype_name(facts.dtype)) +
                                       to_string(facts.shape) + " of what is " + to_string(outputs[i]));
    }
    return {};
  }

 private:
  std::unique_ptr<Session> inner_;
  graph::Facts facts_;
};

class ShapeCheckingEngine final : public EngineAround {
 public:
  using EngineAround::EngineAround;

  Result<std::unique_ptr<Session>> load_bytes(std::span<const std::byte> bytes,
                                              const SessionOptions& options) override {
    const graph::Model model = TRY(read_onnx(bytes));
    auto session = TRY(inner_->load_bytes(bytes, options));
    return std::make_unique<ShapeCheckingSession>(std::move(session), graph::infer_shapes(model.graph));
  }
};

}  // namespace

std::unique_ptr<Engine> make_rewriting_engine(std::unique_ptr<Engine> inner, Rewrite rewrite) {
  return std::make_unique<RewritingEngine>(std::move(inner), std::move(rewrite));
}

std::unique_ptr<Engine> make_shape_checking_engine(std::unique_ptr<Engine> inner) {
  return std::make_unique<ShapeCheckingEngine>(std::move(inner));
}

Status rewrite_nothing(graph::Model&) { return {}; }

Status rewrite_simplified(graph::Model& model) {
  const auto report = graph::simplify(model);
  return report ? Status() : fail(report.error());
}

Rewrite rewrite_in_opset(std::int64_t opset) {
  return [opset](graph::Model& model) -> Status {
    const std::string before = TRY(encode_onnx(model)).bytes();
    const Status status = graph::convert_opset(model, opset);
    if (status || status.error().code != Code::kInvalidArgument) return status;
    // What an opset cannot say is refused, and what comes of that is the unit tests' matter.
    model = TRY(read_onnx(std::as_bytes(std::span(before))));
    return {};
  };
}

}  // namespace tandem::conformance
