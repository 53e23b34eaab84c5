// SPDX-License-Identifier: Apache-2.0
// Everything but loading is the inner engine's.
#include "conformance/rewriting_engine.h"

#include "base/file.h"
#include "graph/onnx_reader.h"
#include "graph/onnx_writer.h"
#include "graph/verify.h"

namespace tandem::conformance {
namespace {

class RewritingEngine final : public Engine {
 public:
  explicit RewritingEngine(std::unique_ptr<Engine> inner) : inner_(std::move(inner)) {}

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

  Result<std::unique_ptr<Session>> load_bytes(std::span<const std::byte> bytes,
                                              const SessionOptions& options) override {
    const graph::Model model = TRY(read_onnx(bytes));
    TRY(graph::verify(model));
    const std::string written = TRY(encode_onnx(model)).bytes();
    return inner_->load_bytes(std::as_bytes(std::span(written)), options);
  }

 private:
  std::unique_ptr<Engine> inner_;
};

}  // namespace

std::unique_ptr<Engine> make_rewriting_engine(std::unique_ptr<Engine> inner) {
  return std::make_unique<RewritingEngine>(std::move(inner));
}

}  // namespace tandem::conformance
