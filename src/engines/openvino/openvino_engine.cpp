// SPDX-License-Identifier: Apache-2.0
// Checks files before OpenVINO sees them, and opens it for the first that is right.
#include "engines/openvino/openvino_engine.h"

#include <algorithm>

#include "base/cpu.h"
#include "base/file.h"
#include "engine/engine_file.h"
#include "engine/engine_library.h"
#include "graph/onnx_summary.h"

namespace tandem {
namespace openvino {
namespace {

/// What OpenVINO says is of interest to who looks into a matter; what fails a call is returned as an Error.
void write_to_log(log::Level level, std::string_view message) {
  const log::Fields fields = {{"from", "openvino"}};
  switch (level) {
    case log::Level::kWarning: log::warning(message, fields); break;
    case log::Level::kInfo: log::info(message, fields); break;
    default: log::debug(message, fields);
  }
}

/// OpenVINO keeps neither the names of dimensions nor the file's own words, so they are read from the file.
Result<EngineLibraryModel> read_source(std::span<const std::byte> bytes) {
  OnnxSummary summary = TRY(summarize_onnx(bytes));
  EngineLibraryModel source;
  source.bytes = bytes;
  source.external_data = std::ranges::any_of(summary.initializers, &OnnxInitializer::external);
  source.info.inputs = std::move(summary.inputs);
  source.info.outputs = std::move(summary.outputs);
  source.info.graph_name = std::move(summary.graph_name);
  source.info.producer = std::move(summary.producer);
  source.info.description = std::move(summary.description);
  source.info.domain = std::move(summary.domain);
  source.info.version = summary.model_version;
  source.info.metadata = std::move(summary.metadata);
  return source;
}

class OpenVinoEngine final : public Engine {
 public:
  explicit OpenVinoEngine(std::vector<std::filesystem::path> places)
      : library_({"openvino", "OpenVINO", "run ./dev setup --with openvino, and build again", write_to_log},
                 std::move(places)) {}

  std::string_view name() const override { return "openvino"; }
  std::string version() const override { return library_.available() ? TANDEM_OPENVINO_VERSION : ""; }
  std::string_view description() const override { return "ONNX models on CPUs; opened when the first model wants it"; }
  Status available() const override { return library_.available(); }
  std::vector<EngineDevice> devices() const override {
    if (!available()) return {};
    return {{Device::kCpu, 0, cpu_info().model}};
  }
  bool supports(std::string_view extension) const override { return extension == ".onnx"; }
  bool copies_for_instances() const override { return true; }
  /// Streams of one compiled model share its weights.
  bool instances_are_cheap() const override { return true; }
  Result<std::unique_ptr<Session>> load(const std::filesystem::path& model, const SessionOptions& options) override;
  Result<std::unique_ptr<Session>> load_bytes(std::span<const std::byte> model, const SessionOptions& options) override;

 private:
  Result<std::unique_ptr<Session>> load_file(const std::filesystem::path& model, const SessionOptions& options);

  EngineLibrary library_;
};

Result<std::unique_ptr<Session>> OpenVinoEngine::load(const std::filesystem::path& model,
                                                      const SessionOptions& options) {
  TRY(available());
  TRY(check_model_file(model));
  auto session = load_file(model, options);
  if (!session) return fail(session.error().with_context(model.string()));
  return session;
}

Result<std::unique_ptr<Session>> OpenVinoEngine::load_file(const std::filesystem::path& model,
                                                           const SessionOptions& options) {
  const MappedFile file = TRY(MappedFile::open(model));
  EngineLibraryModel source = TRY(read_source(file.bytes()));
  source.path = model;
  return TRY(library_.runtime())->load(source, options);
}

Result<std::unique_ptr<Session>> OpenVinoEngine::load_bytes(std::span<const std::byte> model,
                                                            const SessionOptions& options) {
  TRY(available());
  const EngineLibraryModel source = TRY(read_source(model));
  if (source.external_data) {
    return invalid_argument(
        "the model's weights lie in other files, which its bytes alone do not lead to: load its file");
  }
  return TRY(library_.runtime())->load(source, options);
}

}  // namespace
}  // namespace openvino

std::unique_ptr<Engine> make_openvino_engine() {
  return make_openvino_engine(EngineLibrary::places("openvino", program_folder()));
}

std::unique_ptr<Engine> make_openvino_engine(std::vector<std::filesystem::path> places) {
  return std::make_unique<openvino::OpenVinoEngine>(std::move(places));
}

}  // namespace tandem
