// SPDX-License-Identifier: Apache-2.0
// Options, the interpreter found once, and models from files.
#include "engines/python/python_engine.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <string_view>

#include "base/cpu.h"
#include "base/file.h"
#include "base/gpus.h"
#include "engine/engine_file.h"
#include "engines/python/interpreter.h"
#include "engines/python/model_files.h"
#include "engines/python/session.h"

namespace tandem {
namespace python {
namespace {

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// Nothing where the variable is not set. Errors: invalid_argument
Result<std::optional<int>> number_from_environment(const char* name, std::string_view unit, int least, int most) {
  const std::string text = from_environment(name);
  if (text.empty()) return std::nullopt;
  int number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size() || number < least || number > most) {
    return invalid_argument(fmt::format("{}: expected {} from {} to {}, got '{}'", name, unit, least, most, text));
  }
  return number;
}

/// What is needed to start a worker.
struct Runtime {
  PythonEngineOptions options;
  Interpreter interpreter;
  std::filesystem::path sdk;
};

Result<Runtime> open_runtime(const Result<PythonEngineOptions>& options) {
  if (!options) return fail(options.error());
  Runtime runtime;
  runtime.options = *options;
  runtime.sdk = TRY(find_sdk(options->sdk, program_folder()));
  runtime.interpreter = TRY(find_interpreter(options->interpreter));
  return runtime;
}

/// 0 where there is none: the worker finds out by itself.
std::uint32_t gpu_number(const SessionOptions& options) {
  if (options.device_id >= 0) return static_cast<std::uint32_t>(options.device_id);
  if (options.device == Device::kCpu) return 0;
  return static_cast<std::uint32_t>(choose_gpu(usable_gpus(), options.device_id).value_or(0));
}

class PythonEngine final : public Engine {
 public:
  explicit PythonEngine(Result<PythonEngineOptions> options) : options_(std::move(options)) {}

  std::string_view name() const override { return "python"; }
  std::string version() const override { return runtime() ? runtime()->interpreter.python_version : ""; }
  std::string_view description() const override {
    return "your own Python code (PyTorch, scikit-learn, NumPy ...) in worker processes";
  }
  Status available() const override {
    if (!runtime()) return fail(runtime().error());
    return {};
  }
  std::vector<EngineDevice> devices() const override {
    // Which GPUs PyTorch can use is known only to a process that imports it; the user's code decides when it loads.
    if (!runtime()) return {};
    return {{Device::kCpu, 0, cpu_info().model}};
  }
  bool supports(std::string_view extension) const override { return is_python_model(extension); }
  /// A checkpoint alone says nothing of its network. A .pt file without code of its own is left to LibTorch; where
  /// there is none, this engine is the closest.
  bool supports_file(const std::filesystem::path& model) const override {
    const std::string extension = lower_extension(model);
    if (extension == ".py") return true;
    const auto files = find_model_files(model);
    return files && (extension != ".pt" || !files->code.empty());
  }
  bool copies_for_instances() const override { return true; }
  Result<std::unique_ptr<Session>> load(const std::filesystem::path& model, const SessionOptions& options) override;
  Result<std::unique_ptr<Session>> load_bytes(std::span<const std::byte>, const SessionOptions&) override {
    return fail(Code::kUnimplemented, "the Python engine loads models from files only: give the path of the .py file");
  }

 private:
  /// Found by the first who asks: starting Python takes a moment that `tandem --help` should not pay for.
  const Result<Runtime>& runtime() const {
    std::call_once(once_, [this] { runtime_.emplace(open_runtime(options_)); });
    return *runtime_;
  }

  const Result<PythonEngineOptions> options_;
  mutable std::once_flag once_;
  mutable std::optional<Result<Runtime>> runtime_;
};

Result<std::unique_ptr<Session>> PythonEngine::load(const std::filesystem::path& model, const SessionOptions& options) {
  TRY(available());
  TRY(check_computes_fp32(options, "python"));
  const ModelFiles files = TRY(find_model_files(model));
  const Runtime& python = *runtime();
  const int cores = cpu_budget().cores;
  const int threads = options.threads > 0 ? options.threads : cores;
  // On a single core each side needs it to compute while the other one waits.
  const auto busy_poll = cores > 1 ? python.options.busy_poll : std::chrono::microseconds(0);
  WorkerOptions worker;
  worker.command = {python.interpreter.program, python.sdk, threads, busy_poll};
  worker.load = {files.code.string(),
                 files.checkpoint.string(),
                 std::string(device_name(options.device)),
                 gpu_number(options),
                 static_cast<std::uint32_t>(threads),
                 options.allow_pickle,
                 0};
  worker.load_timeout = python.options.load_timeout;
  worker.run_timeout = python.options.run_timeout;
  worker.memory_limit_bytes = python.options.memory_limit_bytes;
  auto session = make_session(worker, options.instances, system_clock());
  if (!session) {
    return fail(session.error().with_context((files.code.empty() ? files.checkpoint : files.code).string()));
  }
  return session;
}

}  // namespace
}  // namespace python

Result<PythonEngineOptions> python_options_from_environment() {
  PythonEngineOptions options;
  options.interpreter = python::from_environment("TANDEM_PYTHON");
  options.sdk = python::from_environment("TANDEM_PYTHON_SDK");
  if (const auto seconds = TRY(python::number_from_environment("TANDEM_PYTHON_TIMEOUT_S", "seconds", 1, 86'400))) {
    options.run_timeout = std::chrono::seconds(*seconds);
  }
  if (const auto us = TRY(python::number_from_environment("TANDEM_PYTHON_BUSY_POLL_US", "microseconds", 0, 10'000))) {
    options.busy_poll = std::chrono::microseconds(*us);
  }
  return options;
}

std::unique_ptr<Engine> make_python_engine(Result<PythonEngineOptions> options) {
  return std::make_unique<python::PythonEngine>(std::move(options));
}

}  // namespace tandem
