// SPDX-License-Identifier: Apache-2.0
// In the order in which an engineer would try them; expected: what the learning material on optimization says.
#include "app/tune/checklist_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "app/optimize/optimize_data.h"
#include "app/optimize/optimize_network.h"
#include "app/optimize/optimize_passes.h"
#include "base/cpu.h"
#include "base/file.h"
#include "engine/engine_file.h"
#include "engine/registry.h"

namespace tandem::app {
namespace {

using tune::ChecklistStep;

constexpr const char* kTorchScriptGain = "1.2-2x";
constexpr const char* kOnnxGain = "1.5-2x";
constexpr const char* kMixedPrecisionGain = "1.5-2x";
constexpr const char* kQuantizationGain = "2-4x";
constexpr const char* kTensorRtGain = "2-5x";
constexpr std::int64_t kChecklistBatch = 16;

class ChecklistMaker final {
 public:
  ChecklistMaker(const ChecklistPlace& place, TuneProblem& problem)
      : place_(place), problem_(problem), cores_(problem.space.cores), first_(problem.space.engines[0]) {}

  std::vector<ChecklistStep> make() {
    add_engines();
    add_cores();
    add_precisions();
    add_gpu();
    return std::move(steps_);
  }

 private:
  PlanConfig plan(const std::string& engine) const {
    PlanConfig plan;
    plan.engine = engine;
    plan.threads = cores_;
    return plan;
  }

  ChecklistStep& add(std::string name, std::string change, std::string expected) {
    ChecklistStep& step = steps_.emplace_back();
    step.name = std::move(name);
    step.change = std::move(change);
    step.expected = std::move(expected);
    return step;
  }

  /// "" when the engine can run the model here.
  std::string why_no_engine(const std::string& name) const {
    const auto engine = place_.context.engines.find(name);
    if (!engine) return fmt::format("this program has no engine {}", name);
    const Status available = (*engine)->available();
    if (!available) return available.error().message;
    const auto file = file_for_engine(**engine, problem_.source.weights);
    return file ? "" : file.error().message;
  }

  void set_pair(ChecklistStep& step, const PlanConfig& before, const PlanConfig& after) const {
    step.not_here = why_no_engine(before.engine);
    if (step.not_here.empty()) step.not_here = why_no_engine(after.engine);
    if (!step.not_here.empty()) return;
    step.before = before;
    step.after = after;
  }

  void add_engines() {
    PlanConfig unoptimized = plan("onnxruntime");
    unoptimized.graph_optimization = "none";
    set_pair(add("graph optimization, fusion", "onnxruntime: none -> all", ""), unoptimized, plan("onnxruntime"));
    set_pair(add("ONNX instead of PyTorch", "python -> onnxruntime", kOnnxGain), plan("python"), plan("onnxruntime"));
    set_pair(add("TorchScript", "python -> libtorch", kTorchScriptGain), plan("python"), plan("libtorch"));
    set_pair(add("OpenVINO", "onnxruntime -> openvino", ""), plan("onnxruntime"), plan("openvino"));
  }

  void add_split(std::string name, std::string change, const PlanConfig& before, const PlanConfig& after) {
    ChecklistStep& step = add(std::move(name), std::move(change), "");
    if (cores_ == 1) {
      step.not_here = "there is one core";
    } else {
      set_pair(step, before, after);
    }
  }

  void add_cores() {
    PlanConfig one = plan(first_);
    one.threads = 1;
    add_split("threads", fmt::format("{}: 1 -> {}", first_, cores_), one, plan(first_));
    PlanConfig several = one;
    several.instances = cores_;
    add_split("instances", fmt::format("{}: 1x{} -> {}x1", first_, cores_, cores_), plan(first_), several);
    const std::int64_t rows = std::min(kChecklistBatch, problem_.space.max_batch);
    ChecklistStep& batch = add("batching", fmt::format("{}: 1 -> {} rows a run", first_, rows), "");
    if (rows == 1) {
      batch.not_here = "the model takes one item a run";
      return;
    }
    PlanConfig batched = plan(first_);
    batched.batch = rows;
    set_pair(batch, plan(first_), batched);
  }

  /// The first part of what was made becomes a file and a variant.
  void set_variant(ChecklistStep& step, const Result<Network>& made) {
    if (!made) {
      step.not_here = made.error().message;
      return;
    }
    const std::filesystem::path file = place_.folder / (made->label + ".onnx");
    const Status written = write_file_atomic(file, *made->parts.front().onnx);
    if (!written) {
      step.not_here = written.error().message;
      return;
    }
    problem_.variants[made->label] = file;
    PlanConfig after = plan(first_);
    after.variant = made->label;
    set_pair(step, plan(first_), after);
  }

  Result<Network> make_static(const Network& original, optimize::WeightBits bits) const {
    if (place_.flags.calibrate.empty()) {
      return fail(Code::kFailedPrecondition, "it needs --calibrate: inputs like those the model will meet");
    }
    Engine* engine = TRY(place_.context.engines.for_file("model.onnx"));
    std::optional<Pipeline> pipeline;
    if (problem_.config) {
      ModelConfig config = *problem_.config;
      pipeline = TRY(Pipeline::create(std::move(config), problem_.info));
    }
    const ExampleReader reader{problem_.info, pipeline ? &*pipeline : nullptr};
    constexpr std::size_t kExamples = 100;
    const ExampleSet examples = TRY(read_examples(place_.flags.calibrate, kExamples, reader));
    return make_int8_static(original, StaticTools{*engine, examples, bits, [](double) {}});
  }

  void add_precisions() {
    const auto original = read_network({problem_.source.weights.string(), place_.flags.store, {}});
    const auto made = [&](const auto& make) { return original ? make() : Result<Network>(fail(original.error())); };
    const optimize::WeightBits bits = optimize::weight_bits_for(cpu_info());
    set_variant(add("mixed precision (AMP), fp16", "weights and values halved", kMixedPrecisionGain),
                made([&] { return make_float16(*original, optimize::Float16Edges::kKeep); }));
    PlanConfig halved = plan("openvino");
    halved.precision = "bf16";
    set_pair(add("mixed precision (AMP), bf16", "openvino: fp32 -> bf16", kMixedPrecisionGain), plan("openvino"),
             halved);
    set_variant(add("quantization, dynamic", "fp32 -> int8 products", kQuantizationGain),
                made([&] { return make_int8_dynamic(*original, bits); }));
    set_variant(add("quantization, static", "fp32 -> int8, calibrated", kQuantizationGain),
                made([&] { return make_static(*original, bits); }));
    add("pruning", "units cut out", "").not_here =
        "tandem optimize --prune cuts units out of a captioner's checkpoint; other networks would have to be trained "
        "again";
    add("distillation", "a smaller network", "").not_here =
        "a network is trained for it, which this program does not do";
  }

  void add_gpu() {
    std::string why = "there is no GPU here that this program could use";
    if (const auto engine = place_.context.engines.find("onnxruntime")) {
      SessionOptions options;
      options.device = Device::kCuda;
      const auto session = (*engine)->load(problem_.source.weights, options);
      why =
          session ? "a GPU is here; `tandem compare --device cuda` measures it" : without_file(session.error().message);
    }
    add("CUDA", "cpu -> cuda", "").not_here = why;
    add("TensorRT", "onnxruntime -> TensorRT", kTensorRtGain).not_here = why;
  }

  const ChecklistPlace& place_;
  TuneProblem& problem_;
  const int cores_;
  const std::string first_;  // the engine that runs the model without a plan
  std::vector<ChecklistStep> steps_;
};

}  // namespace

std::string without_file(const std::string& message) {
  constexpr std::string_view kEnd = ".onnx: ";
  const std::size_t end = message.find(kEnd);
  return end == std::string::npos || message.find(' ') < end ? message : message.substr(end + kEnd.size());
}

std::vector<ChecklistStep> make_checklist(const ChecklistPlace& place, TuneProblem& problem) {
  return ChecklistMaker(place, problem).make();
}

}  // namespace tandem::app
