// SPDX-License-Identifier: Apache-2.0
// The one symbol of tandem_libtorch.so, and behind it torch::jit: reads networks and makes them ready to be run.
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <caffe2/serialize/read_adapter_interface.h>
#include <fmt/format.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/cuda.h>
#include <torch/script.h>
#include <torch/version.h>

#include <algorithm>
#include <cstring>

#include "base/cpu.h"
#include "base/gpus.h"
#include "engine/engine_library.h"
#include "engines/libtorch/guard.h"
#include "engines/libtorch/logged_warnings.h"
#include "engines/libtorch/session.h"

namespace tandem::libtorch {
namespace {

constexpr std::string_view kAsItIs = "as it is in the file";

/// The file's bytes where they lie.
class BytesReader final : public caffe2::serialize::ReadAdapterInterface {
 public:
  explicit BytesReader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::size_t size() const override { return bytes_.size(); }
  std::size_t read(std::uint64_t position, void* buffer, std::size_t count, const char*) const override {
    if (position >= bytes_.size()) return 0;
    const std::size_t got = std::min<std::size_t>(count, bytes_.size() - position);
    std::memcpy(buffer, bytes_.data() + position, got);
    return got;
  }

 private:
  std::span<const std::byte> bytes_;
};

Status check_options(const SessionOptions& wanted) {
  TRY(check_count("threads", wanted.threads, 0));
  if (wanted.gpu.tensorrt) {
    return fail(Code::kFailedPrecondition, "device tensorrt: only the engine onnxruntime can use TensorRT");
  }
  return {};
}

/// The number of the GPU, or -1 for the CPU.
Result<int> choose_device(const SessionOptions& wanted) {
  if (wanted.device == Device::kCpu) return -1;
  const int count = torch::cuda::is_available() ? static_cast<int>(torch::cuda::device_count()) : 0;
  if (wanted.device == Device::kAuto && count == 0) return -1;
  const int id = static_cast<int>(choose_gpu(usable_gpus(), wanted.device_id).value_or(0));
  if (id < count && wanted.device_id < count) return id;
  return fail(
      Code::kFailedPrecondition,
      count == 0
          ? fmt::format("device cuda cannot be used: this LibTorch ({}) was built without CUDA, or finds "
                        "no GPU. Use device cpu or auto",
                        TORCH_VERSION)
          : fmt::format("device cuda:{} does not exist; there are {} GPUs, counted from 0", wanted.device_id, count));
}

/// The interface has one word for every model that cannot be run: invalid_argument.
Error load_error(Error error) {
  if (error.code == Code::kInternal) error.code = Code::kInvalidArgument;
  error.message = "LibTorch does not take the model: " + error.message;
  return error;
}

bool returns_doubles(const ModelInfo& info) {
  return std::ranges::any_of(info.outputs, [](const TensorSpec& output) { return output.dtype == DType::kFloat64; });
}

bool same_types(const ModelInfo& first, const ModelInfo& second) {
  return std::ranges::equal(first.outputs, second.outputs, {}, &TensorSpec::dtype, &TensorSpec::dtype);
}

class LibTorchRuntime final : public EngineRuntime {
 public:
  explicit LibTorchRuntime(EngineLibraryLog write_log) : write_log_(write_log) {}

  Result<std::unique_ptr<Session>> load(const EngineLibraryModel& model, const SessionOptions& options) override {
    TRY(check_options(options));
    const LoggedWarnings warnings(write_log_);
    return guarded([&] { return load_model(model, options); });
  }

 private:
  Result<std::unique_ptr<Session>> load_model(const EngineLibraryModel& model, const SessionOptions& options) {
    const int gpu = TRY(choose_device(options));
    auto network = guarded([&] { return read(model.bytes); });
    if (!network) return fail(load_error(network.error()));
    torch::jit::Module optimized = *network;
    const std::string_view made = optimize(optimized, options.graph_optimization);
    auto session = TRY(open_session(optimized, describe(model, options, made, gpu)));
    if (made == kAsItIs || !returns_doubles(session->info())) return session;
    // Freezing joins constants of Python's floats into float64 tensors (LibTorch 2.7.1, a YOLO head).
    auto plain = open_session(*network, describe(model, options, kAsItIs, gpu));
    if (!plain || same_types(session->info(), (*plain)->info())) return session;
    write_log_(log::Level::kWarning, "the network runs slower, as it is in the file: frozen it returns other types");
    return plain;
  }

  Result<std::unique_ptr<Session>> open_session(torch::jit::Module network, SessionFacts facts) const {
    if (facts.gpu >= 0) network.to(at::Device(at::kCUDA, static_cast<at::DeviceIndex>(facts.gpu)));
    return make_session(network, std::move(facts));
  }

  SessionFacts describe(const EngineLibraryModel& model, const SessionOptions& options, std::string_view made,
                        int gpu) const {
    SessionFacts facts;
    facts.model = model;
    facts.hints = options.inputs;
    facts.write_log = write_log_;
    facts.threads = options.threads == 0 ? cpu_budget().cores : options.threads;
    facts.gpu = gpu;
    facts.description = fmt::format("{}, {} thread{}, {}, LibTorch {}", gpu < 0 ? "cpu" : fmt::format("cuda {}", gpu),
                                    facts.threads, facts.threads == 1 ? "" : "s", made, TORCH_VERSION);
    return facts;
  }

  static Result<torch::jit::Module> read(std::span<const std::byte> bytes) {
    const c10::InferenceMode inference;
    torch::jit::Module network = torch::jit::load(std::make_unique<BytesReader>(bytes), at::kCPU);
    network.eval();
    return network;
  }

  /// What was done, in words. A network that cannot be frozen runs as it is.
  std::string_view optimize(torch::jit::Module& network, GraphOptimization level) const {
    if (level == GraphOptimization::kNone) return kAsItIs;
    const auto optimized = guarded([&]() -> Result<torch::jit::Module> {
      const c10::InferenceMode inference;
      if (level == GraphOptimization::kBasic) return torch::jit::freeze(network);
      return torch::jit::optimize_for_inference(network);
    });
    if (!optimized) {
      write_log_(log::Level::kWarning, "the network runs slower, as it is in the file: " + optimized.error().message);
      return kAsItIs;
    }
    network = *optimized;
    return level == GraphOptimization::kBasic ? "frozen" : "frozen and optimized";
  }

  const EngineLibraryLog write_log_;
};

Result<std::unique_ptr<EngineRuntime>> open_runtime(EngineLibraryLog write_log) {
  return guarded([&]() -> Result<std::unique_ptr<EngineRuntime>> {
    // torch.jit.fork's: what one run may use is `threads`. LibTorch takes the number once in a process.
    if (at::get_num_interop_threads() != 1) at::set_num_interop_threads(1);
    return std::make_unique<LibTorchRuntime>(write_log);
  });
}

}  // namespace
}  // namespace tandem::libtorch

extern "C" __attribute__((visibility("default"))) const tandem::EngineLibraryFunctions* tandem_libtorch_functions() {
  static constexpr tandem::EngineLibraryFunctions kFunctions{TANDEM_VERSION, tandem::libtorch::open_runtime};
  return &kFunctions;
}
