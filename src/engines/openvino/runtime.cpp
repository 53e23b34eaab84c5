// SPDX-License-Identifier: Apache-2.0
// The one symbol of tandem_openvino.so, and behind it ov::Core: reads models and compiles them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <openvino/core/log.hpp>
#include <openvino/openvino.hpp>
#include <optional>

#include "base/cpu.h"
#include "engine/engine_library.h"
#include "engines/openvino/guard.h"
#include "engines/openvino/session.h"
#include "engines/openvino/settings.h"
#include "engines/openvino/values.h"

namespace tandem::openvino {
namespace {

constexpr const char* kCpuDevice = "CPU";
constexpr bool kSanitized = TANDEM_SANITIZED;

/// OpenVINO would write to standard output. It keeps a reference to the one function of the process that it calls.
void send_log_to(EngineLibraryLog write_log) {
  static const std::function<void(std::string_view)> kCallback = [write_log](std::string_view message) {
    while (!message.empty() && message.back() == '\n') message.remove_suffix(1);
    write_log(log::Level::kInfo, message);
  };
  ov::util::set_log_callback(kCallback);
}

ov::element::Type to_precision(ComputePrecision precision) {
  switch (precision) {
    case ComputePrecision::kFloat32: return ov::element::f32;
    case ComputePrecision::kBfloat16: return ov::element::bf16;
    case ComputePrecision::kFloat16: return ov::element::f16;
  }
  return ov::element::f32;
}

ov::AnyMap to_properties(const Settings& settings) {
  return {
      ov::hint::performance_mode(ov::hint::PerformanceMode::LATENCY),
      ov::num_streams(settings.streams),
      ov::inference_num_threads(settings.streams * settings.threads),
      ov::hint::inference_precision(to_precision(settings.precision)),
      // The budget's cores are counted as the system counts them, and other models and engines run on them too.
      ov::hint::enable_hyper_threading(true),
      ov::hint::enable_cpu_pinning(false),
  };
}

/// The interface has one word for every model that cannot be run: invalid_argument.
Error load_error(Error error) {
  if (error.code != Code::kResourceExhausted) error.code = Code::kInvalidArgument;
  error.message = "OpenVINO does not take the model: " + error.message;
  return error;
}

/// 64 bits of FNV-1a, to tell machines and models apart; not against anyone who may write into the cache.
std::uint64_t fingerprint(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char byte : text) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3U;
  return hash;
}

/// "2026.4.1-22982" of "2026.4.1-22982-e213a147257-releases/2026/4"
std::string release_name() {
  const std::string build = ov::get_openvino_version().buildNumber;
  const std::size_t version_end = build.find('-');
  return version_end == std::string::npos ? build : build.substr(0, build.find('-', version_end + 1));
}

/// OpenVINO names entries by model and properties; which processor they are for is ours to say.
std::filesystem::path cache_folder(const std::filesystem::path& cache) {
  const CpuInfo cpu = cpu_info();
  const std::string machine = fmt::format("{}|{}|{}", cpu.architecture, cpu.model, fmt::join(cpu.features, "|"));
  return cache / fmt::format("openvino-{}-{:016x}", release_name(), fingerprint(machine));
}

class OpenVinoRuntime final : public EngineRuntime {
 public:
  /// May throw what OpenVINO throws.
  explicit OpenVinoRuntime(EngineLibraryLog write_log)
      : write_log_(write_log), capabilities_(core_.get_property(kCpuDevice, ov::device::capabilities)) {}

  Result<std::unique_ptr<Session>> load(const EngineLibraryModel& source, const SessionOptions& options) override {
    const Settings settings = TRY(choose_settings(options, {capabilities_, cpu_budget().cores}));
    auto session = guarded([&] { return compile(source, settings, options); });
    if (!session) return fail(load_error(session.error()));
    return session;
  }

 private:
  Result<std::unique_ptr<Session>> compile(const EngineLibraryModel& source, const Settings& settings,
                                           const SessionOptions& options);
  std::optional<ov::CompiledModel> compile_cached(const std::shared_ptr<ov::Model>& model, ov::AnyMap properties,
                                                  const std::filesystem::path& folder);
  std::filesystem::path cache_for(const EngineLibraryModel& source, const SessionOptions& options);

  ov::Core core_;
  const EngineLibraryLog write_log_;
  const std::vector<std::string> capabilities_;
};

std::string describe(const ov::CompiledModel& compiled, int threads, int streams) {
  const auto precision = to_dtype(compiled.get_property(ov::hint::inference_precision));
  const bool cached = compiled.get_property(ov::loaded_from_cache);
  return fmt::format("cpu, {} thread{}, {} stream{}, {}, OpenVINO {}{}", threads, threads == 1 ? "" : "s", streams,
                     streams == 1 ? "" : "s", dtype_name(precision), release_name(),
                     cached ? ", from the cache of optimized models" : "");
}

Result<std::unique_ptr<Session>> OpenVinoRuntime::compile(const EngineLibraryModel& source, const Settings& settings,
                                                          const SessionOptions& options) {
  // By path, OpenVINO finds weights that lie beside the file, and maps them.
  const std::shared_ptr<ov::Model> model =
      source.path.empty()
          ? core_.read_model(std::string(reinterpret_cast<const char*>(source.bytes.data()), source.bytes.size()),
                             ov::Tensor())
          : core_.read_model(source.path.string());
  const ov::AnyMap properties = to_properties(settings);
  std::optional<ov::CompiledModel> compiled;
  const std::filesystem::path folder = cache_for(source, options);
  if (!folder.empty()) compiled = compile_cached(model, properties, folder);
  if (!compiled) compiled = core_.compile_model(model, kCpuDevice, properties);

  const int streams = std::max(1, static_cast<int>(compiled->get_property(ov::num_streams).num));
  const int threads = std::max(1, compiled->get_property(ov::inference_num_threads) / streams);
  return make_session(*compiled, {source.info, describe(*compiled, threads, streams), threads, streams});
}

/// Nothing when the cache is not wanted, or cannot be used: that costs time at the next start only.
std::filesystem::path OpenVinoRuntime::cache_for(const EngineLibraryModel& source, const SessionOptions& options) {
  if (options.optimized_model_cache.empty()) return {};
  if (source.external_data) {
    // The entry's name would not tell other weights from these.
    write_log_(log::Level::kInfo, "not cached, because its weights lie in other files: " + source.path.string());
    return {};
  }
  std::filesystem::path folder = cache_folder(options.optimized_model_cache);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error) return folder;
  write_log_(log::Level::kWarning,
             fmt::format("the cache of optimized models cannot be written: {}: {}", folder.string(), error.message()));
  return {};
}

std::optional<ov::CompiledModel> OpenVinoRuntime::compile_cached(const std::shared_ptr<ov::Model>& model,
                                                                 ov::AnyMap properties,
                                                                 const std::filesystem::path& folder) {
  properties.insert(ov::cache_dir(folder.string()));
  auto compiled =
      guarded([&]() -> Result<ov::CompiledModel> { return core_.compile_model(model, kCpuDevice, properties); });
  if (compiled) return std::move(*compiled);
  write_log_(log::Level::kWarning, "the model is compiled without the cache: " + compiled.error().message);
  return std::nullopt;
}

Result<std::unique_ptr<EngineRuntime>> open_runtime(EngineLibraryLog write_log) {
  auto runtime = guarded([&]() -> Result<std::unique_ptr<EngineRuntime>> {
    // Else TBB opens a library in a way for which the sanitizers end the program.
    if (kSanitized) ::setenv("TBB_ENABLE_SANITIZERS", "1", 0);
    send_log_to(write_log);
    return std::make_unique<OpenVinoRuntime>(write_log);
  });
  if (!runtime) {
    return fail(Code::kUnavailable, "OpenVINO has no device CPU here: " + runtime.error().message);
  }
  return runtime;
}

}  // namespace
}  // namespace tandem::openvino

extern "C" __attribute__((visibility("default"))) const tandem::EngineLibraryFunctions* tandem_openvino_functions() {
  static constexpr tandem::EngineLibraryFunctions kFunctions{TANDEM_VERSION, tandem::openvino::open_runtime};
  return &kFunctions;
}
