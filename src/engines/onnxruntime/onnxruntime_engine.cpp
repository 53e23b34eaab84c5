// SPDX-License-Identifier: Apache-2.0
// Loads models: from a path or from bytes, through the cache of optimized models where one is wanted.
#include "engines/onnxruntime/onnxruntime_engine.h"

#include <fmt/format.h>
#include <onnxruntime_c_api.h>
#include <onnxruntime_session_options_config_keys.h>

#include <cstdlib>
#include <mutex>
#include <optional>

#include "base/cpu.h"
#include "base/file.h"
#include "base/gpus.h"
#include "base/log.h"
#include "base/scratch_folder.h"
#include "engine/engine_file.h"
#include "engine/profiler.h"
#include "engine/weight_borrower.h"
#include "engines/onnxruntime/create_session.h"
#include "engines/onnxruntime/model_info.h"
#include "engines/onnxruntime/optimized_model_cache.h"
#include "engines/onnxruntime/profile_model.h"
#include "engines/onnxruntime/session.h"
#include "engines/onnxruntime/session_options.h"
#include "engines/onnxruntime/values.h"

namespace tandem {
namespace onnxruntime {
namespace {

/// A session from the cache's entry, which needs no more optimization; nothing when there is none that can be used.
std::optional<Handle<OrtSession>> from_cache(const Runtime& runtime, const OptimizedModelEntry& entry,
                                             const SessionOptions& wanted) {
  auto optimized = entry.read();
  if (!optimized) {
    if (optimized.error().code != Code::kNotFound) {
      log::warning("the optimized model is made again", {{"reason", optimized.error().message}});
    }
    return std::nullopt;
  }
  SessionOptions as_is = wanted;
  as_is.graph_optimization = GraphOptimization::kNone;
  auto chosen = choose_options(runtime, as_is);
  if (!chosen) return std::nullopt;
  auto session = create_session(runtime, {*optimized, {}}, *chosen->options);
  if (session) return std::move(*session);
  log::warning("the optimized model is made again", {{"reason", session.error().message}});
  return std::nullopt;
}

/// Loads the model so that ONNX Runtime also writes what it made of it, and puts that into the cache. A cache that
/// cannot be written costs time at the next start only, so it is a warning.
Result<Handle<OrtSession>> create_and_cache(const Runtime& runtime, const ModelSource& source,
                                            OrtSessionOptions& options, const OptimizedModelEntry& entry) {
  const OrtApi& api = runtime.api();
  std::error_code error;
  std::filesystem::create_directories(entry.path().parent_path(), error);
  const auto scratch = entry.scratch();
  if (error || !write_file_atomic(scratch, "")) {
    log::warning("the cache of optimized models cannot be written", {{"folder", entry.path().parent_path().string()}});
    return create_session(runtime, source, options);
  }
  TRY(check(api, api.SetOptimizedModelFilePath(&options, scratch.c_str())));
  auto session = create_session(runtime, source, options);
  if (session) {
    const auto file = MappedFile::open(scratch);
    const Status written = file ? entry.write(file->bytes()) : Status(fail(file.error()));
    if (!written) log::warning("the optimized model was not kept", {{"reason", written.error().message}});
  }
  std::filesystem::remove(scratch, error);
  return session;
}

/// A file as long as the weights are, which takes no room and is never read: ONNX Runtime asks that it is there.
Result<std::shared_ptr<const ScratchFolder>> stand_in_file(std::span<const BorrowedWeight> weights) {
  auto folder = TRY(ScratchFolder::make(std::filesystem::temp_directory_path(), "tandem-weights-"));
  const std::filesystem::path file = folder->path() / "weights";
  TRY(write_file_atomic(file, ""));
  std::uint64_t bytes = 0;
  for (const BorrowedWeight& weight : weights) bytes += weight.tensor->byte_size();
  std::error_code error;
  std::filesystem::resize_file(file, bytes, error);
  if (error) return internal_error(fmt::format("cannot make a file of {} bytes: {}", bytes, error.message()));
  return folder;
}

/// ONNX Runtime keeps the values that it was given, which are handles only; the folder is needed until it has loaded.
struct BorrowingOptions {
  ChosenOptions chosen;
  std::vector<Handle<OrtValue>> values;
  std::shared_ptr<const ScratchFolder> folder;
};

Result<BorrowingOptions> borrowing_options(const Runtime& runtime, std::span<const BorrowedWeight> weights) {
  const OrtApi& api = runtime.api();
  SessionOptions wanted;
  wanted.device = Device::kCpu;
  wanted.graph_optimization = GraphOptimization::kNone;
  BorrowingOptions made;
  made.chosen = TRY(choose_options(runtime, wanted));
  made.folder = TRY(stand_in_file(weights));
  OrtSessionOptions* options = made.chosen.options.get();
  TRY(check(api, api.AddSessionConfigEntry(options, kOrtSessionOptionsConfigDisablePrepacking, "1")));
  TRY(check(api, api.AddSessionConfigEntry(options, kOrtSessionOptionsModelExternalInitializersFileFolderPath,
                                           made.folder->path().c_str())));
  TRY(check(api, api.DisableCpuMemArena(options)));
  TRY(check(api, api.DisableMemPattern(options)));
  for (const BorrowedWeight& weight : weights) {
    made.values.push_back(TRY(wrap(runtime, *weight.tensor)));
    TRY(check(api, api.AddInitializer(options, weight.name.c_str(), made.values.back().get())));
  }
  return made;
}

class OnnxRuntimeEngine final : public Engine, public WeightBorrower, public Profiler {
 public:
  std::string_view name() const override { return "onnxruntime"; }
  std::string version() const override { return runtime() ? runtime()->version() : ""; }
  std::string_view description() const override {
    return "ONNX models on CPU, and on NVIDIA GPUs where its CUDA provider is";
  }
  Status available() const override {
    if (!runtime()) return fail(runtime().error());
    return {};
  }
  std::vector<EngineDevice> devices() const override;
  bool supports(std::string_view extension) const override { return extension == ".onnx"; }
  Result<std::unique_ptr<Session>> load(const std::filesystem::path& model, const SessionOptions& options) override;
  Result<std::unique_ptr<Session>> load_bytes(std::span<const std::byte> model, const SessionOptions& options) override;
  Result<std::unique_ptr<Session>> load_borrowing(std::span<const std::byte> model,
                                                  std::span<const BorrowedWeight> weights) override;
  Result<ExecutionProfile> profile(const std::filesystem::path& model, std::span<const Tensor> inputs,
                                   const SessionOptions& options, const ProfileOptions& profile) override;

 private:
  /// Opened by the first who asks: `tandem --help` should not pay for it.
  const Result<Runtime>& runtime() const {
    std::call_once(once_, [this] { runtime_.emplace(Runtime::open()); });
    return *runtime_;
  }
  Result<std::unique_ptr<Session>> load_source(const ModelSource& source, const SessionOptions& options);

  mutable std::once_flag once_;
  mutable std::optional<Result<Runtime>> runtime_;
};

std::vector<EngineDevice> OnnxRuntimeEngine::devices() const {
  if (!runtime()) return {};
  std::vector<EngineDevice> devices = {{Device::kCpu, 0, cpu_info().model}};
  if (!runtime()->has_provider("CUDAExecutionProvider")) return devices;
  int id = 0;
  for (Gpu& gpu : usable_gpus()) devices.push_back({Device::kCuda, id++, std::move(gpu.model)});
  return devices;
}

/// A model file that an engine may look at; empty files cannot be mapped, and are refused by whoever reads them.
Result<std::optional<MappedFile>> open_model(const std::filesystem::path& model) {
  TRY(check_model_file(model));
  std::error_code ignored;
  if (std::filesystem::file_size(model, ignored) == 0) return std::nullopt;
  return TRY(MappedFile::open(model));
}

/// use  what to do with the model; its failure names the file
template <typename Use>
auto with_model(const std::filesystem::path& model, Use use) -> decltype(use(ModelSource{})) {
  const std::optional<MappedFile> file = TRY(open_model(model));
  auto result = use(ModelSource{file ? file->bytes() : std::span<const std::byte>(), model});
  if (!result) return fail(result.error().with_context(model.string()));
  return result;
}

Result<std::unique_ptr<Session>> OnnxRuntimeEngine::load(const std::filesystem::path& model,
                                                         const SessionOptions& options) {
  TRY(available());
  return with_model(model, [&](const ModelSource& source) { return load_source(source, options); });
}

Result<ExecutionProfile> OnnxRuntimeEngine::profile(const std::filesystem::path& model, std::span<const Tensor> inputs,
                                                    const SessionOptions& options, const ProfileOptions& profile) {
  TRY(available());
  return with_model(
      model, [&](const ModelSource& source) { return profile_model(*runtime(), source, inputs, options, profile); });
}

Result<std::unique_ptr<Session>> OnnxRuntimeEngine::load_bytes(std::span<const std::byte> model,
                                                               const SessionOptions& options) {
  TRY(available());
  return load_source({model, {}}, options);
}

Result<std::unique_ptr<Session>> OnnxRuntimeEngine::load_borrowing(std::span<const std::byte> model,
                                                                   std::span<const BorrowedWeight> weights) {
  TRY(available());
  const Runtime& open = *runtime();
  const ModelFileFacts facts = TRY(read_model_file(model));
  const BorrowingOptions options = TRY(borrowing_options(open, weights));
  auto session = TRY(create_session(open, {model, {}}, *options.chosen.options));
  ModelInfo info = TRY(read_model_info(open, *session, facts));
  return make_session(open, std::move(session), std::move(info), "cpu, weights borrowed", options.chosen.threads);
}

Result<std::unique_ptr<Session>> OnnxRuntimeEngine::load_source(const ModelSource& source,
                                                                const SessionOptions& options) {
  const Runtime& open = *runtime();
  const ModelFileFacts facts = TRY(read_model_file(source.bytes));
  ChosenOptions chosen = TRY(choose_options(open, options));
  std::string description = chosen.describe(options);
  std::optional<Handle<OrtSession>> session;
  if (options.optimized_model_cache.empty() || options.gpu.tensorrt) {  // TensorRT keeps what it compiles itself
    session = TRY(create_session(open, source, *chosen.options));
  } else if (facts.external_data) {
    // The key covers the model file only; weights beside it could change unnoticed.
    log::info("not cached: its weights lie in other files", {{"model", source.path.string()}});
    session = TRY(create_session(open, source, *chosen.options));
  } else {
    const std::string context = fmt::format("{}|{}|{}", open.version(), device_name(chosen.device),
                                            graph_optimization_name(options.graph_optimization));
    const OptimizedModelEntry entry(options.optimized_model_cache, source.bytes, context);
    session = from_cache(open, entry, options);
    if (session) description += ", from the cache of optimized models";
    if (!session) session = TRY(create_and_cache(open, source, *chosen.options, entry));
  }
  ModelInfo info = TRY(read_model_info(open, **session, facts));
  const int cores = chosen.device == Device::kCpu ? chosen.threads : 0;
  return make_session(open, std::move(*session), std::move(info), std::move(description), cores);
}

}  // namespace
}  // namespace onnxruntime

std::unique_ptr<Engine> make_onnxruntime_engine() {
  ::setenv("CUDA_DEVICE_ORDER", "PCI_BUS_ID", 0);  // so that GPUs have the numbers that base/gpus.h gives them
  ::setenv("ORT_DISABLE_TELEMETRY", "1", 1);       // official binaries send telemetry unless told not to
  return std::make_unique<onnxruntime::OnnxRuntimeEngine>();
}

}  // namespace tandem
