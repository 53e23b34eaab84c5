// SPDX-License-Identifier: Apache-2.0
// From a .ensemble file and the models beside it to a session.
#include "ensemble/ensemble_engine.h"

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "base/cpu.h"
#include "base/file.h"
#include "engine/engine_file.h"
#include "ensemble/ensemble_config.h"
#include "ensemble/ensemble_plan.h"
#include "ensemble/ensemble_session.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kExtension = ".ensemble";
constexpr std::uint64_t kMaxFileBytes = 256 << 10;

class EnsembleEngine final : public Engine {
 public:
  explicit EnsembleEngine(std::vector<Engine*> engines) : engines_(std::move(engines)) {}

  std::string_view name() const override { return "ensemble"; }
  std::string version() const override { return "1"; }
  std::string_view description() const override {
    return "several models that run as one, each on the engine that takes it";
  }
  Status available() const override { return {}; }
  std::vector<EngineDevice> devices() const override { return {{Device::kCpu, 0, cpu_info().model}}; }
  bool supports(std::string_view extension) const override { return extension == kExtension; }

  Result<std::unique_ptr<Session>> load(const fs::path& model, const SessionOptions& options) override {
    const std::string text = TRY(read_file(model, kMaxFileBytes));
    auto session = load_text(text, fs::absolute(model).parent_path(), options);
    if (!session) return fail(std::move(session).error().with_context(model.string()));
    return session;
  }

  Result<std::unique_ptr<Session>> load_bytes(std::span<const std::byte>, const SessionOptions&) override {
    return fail(Code::kUnimplemented, "an ensemble is loaded from its file only: its models are looked for beside it");
  }

 private:
  struct Part {
    Engine* engine = nullptr;
    fs::path file;
  };

  Result<std::unique_ptr<Session>> load_text(std::string_view text, const fs::path& folder,
                                             const SessionOptions& options) const {
    const EnsembleConfig config = TRY(parse_ensemble_config(text));
    std::vector<std::unique_ptr<Session>> models;
    std::vector<ModelInfo> infos;
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < config.steps.size(); ++i) {
      auto loaded = load_step(config.steps[i], folder, options);
      if (!loaded) return fail(std::move(loaded).error().with_context(fmt::format("steps[{}]", i)));
      models.push_back(std::move(*loaded));
      infos.push_back(models.back()->info());
      parts.push_back(config.steps[i].model);
    }
    EnsemblePlan plan = TRY(plan_ensemble(config, infos));
    return make_ensemble_session(std::move(plan), std::move(models), std::move(parts));
  }

  Result<std::unique_ptr<Session>> load_step(const EnsembleStep& step, const fs::path& folder,
                                             const SessionOptions& options) const {
    const Part part = TRY(find_part(step, folder));
    return part.engine->load(part.file, options);
  }

  /// The first engine that has a file of that name, beside the ensemble's or in its folder of the store.
  Result<Part> find_part(const EnsembleStep& step, const fs::path& folder) const {
    std::string tried;
    for (Engine* const engine : engines_) {
      if (!step.engine.empty() && step.engine != engine->name()) continue;
      tried += fmt::format("{}{}", tried.empty() ? "" : ", ", engine->name());
      const auto file = file_for_engine(*engine, folder / (step.model + ".onnx"));
      std::error_code error;
      if (!file || !fs::is_regular_file(*file, error)) continue;
      TRY(engine->available());
      return Part{engine, *file};
    }
    if (tried.empty()) return not_found(fmt::format("engine: there is no engine '{}' for a step", step.engine));
    return not_found(fmt::format("there is no model '{}' beside this file in {} that one of these engines takes: {}",
                                 step.model, folder.string(), tried));
  }

  const std::vector<Engine*> engines_;
};

}  // namespace

std::unique_ptr<Engine> make_ensemble_engine(std::vector<Engine*> engines) {
  return std::make_unique<EnsembleEngine>(std::move(engines));
}

}  // namespace tandem
