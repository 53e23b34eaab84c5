// SPDX-License-Identifier: Apache-2.0
// Checks files before LibTorch sees them, and opens it for the first that is right.
#include "engines/libtorch/libtorch_engine.h"

#include <algorithm>
#include <array>

#include "base/cpu.h"
#include "base/file.h"
#include "engine/engine_file.h"
#include "engine/engine_library.h"
#include "engines/libtorch/script_file.h"

namespace tandem {
namespace libtorch {
namespace {

constexpr std::array<std::string_view, 3> kExtensions = {".pt", ".pth", ".torchscript"};

void log_libtorch(log::Level level, std::string_view message) {
  const log::Fields fields = {{"from", "libtorch"}};
  switch (level) {
    case log::Level::kWarning: log::warning(message, fields); break;
    case log::Level::kInfo: log::info(message, fields); break;
    default: log::debug(message, fields);
  }
}

class LibTorchEngine final : public Engine {
 public:
  explicit LibTorchEngine(std::vector<std::filesystem::path> places)
      : library_({"libtorch", "LibTorch", "run ./dev setup --with libtorch, and build again", log_libtorch},
                 std::move(places)) {}

  std::string_view name() const override { return "libtorch"; }
  std::string version() const override { return library_.available() ? TANDEM_LIBTORCH_VERSION : ""; }
  std::string_view description() const override {
    return "TorchScript files (.pt of torch.jit.save); opened when the first model wants it";
  }
  Status available() const override { return library_.available(); }
  std::vector<EngineDevice> devices() const override;
  bool supports(std::string_view extension) const override {
    return std::ranges::find(kExtensions, extension) != kExtensions.end();
  }
  bool supports_file(const std::filesystem::path& model) const override;
  Result<std::unique_ptr<Session>> load(const std::filesystem::path& model, const SessionOptions& options) override;
  Result<std::unique_ptr<Session>> load_bytes(std::span<const std::byte> model, const SessionOptions& options) override;

 private:
  EngineLibrary library_;
};

std::vector<EngineDevice> LibTorchEngine::devices() const {
  if (!available()) return {};
  return {{Device::kCpu, 0, cpu_info().model}};
}

/// Weights end in .pt and .pth as often as networks do.
bool LibTorchEngine::supports_file(const std::filesystem::path& model) const {
  if (!Engine::supports_file(model)) return false;
  const auto file = MappedFile::open(model);
  return file && is_script(file->bytes());
}

Result<std::unique_ptr<Session>> LibTorchEngine::load(const std::filesystem::path& model,
                                                      const SessionOptions& options) {
  TRY(available());
  TRY(check_model_file(model));
  const MappedFile file = TRY(MappedFile::open(model));
  log::info("the network's own TorchScript code is run: load only what you trust", {{"model", model.string()}});
  auto session = load_bytes(file.bytes(), options);
  if (!session) return fail(session.error().with_context(model.string()));
  return session;
}

Result<std::unique_ptr<Session>> LibTorchEngine::load_bytes(std::span<const std::byte> model,
                                                            const SessionOptions& options) {
  TRY(available());
  TRY(check_computes_fp32(options, "libtorch"));
  const EngineLibraryModel source = TRY(read_script_file(model));
  return TRY(library_.runtime())->load(source, options);
}

}  // namespace
}  // namespace libtorch

std::unique_ptr<Engine> make_libtorch_engine() {
  return make_libtorch_engine(EngineLibrary::places("libtorch", program_folder()));
}

std::unique_ptr<Engine> make_libtorch_engine(std::vector<std::filesystem::path> places) {
  return std::make_unique<libtorch::LibTorchEngine>(std::move(places));
}

}  // namespace tandem
