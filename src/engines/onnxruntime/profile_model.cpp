// SPDX-License-Identifier: Apache-2.0
// One session that writes down what it does: load, run, end, read.
#include "engines/onnxruntime/profile_model.h"

#include <onnxruntime_c_api.h>
#include <onnxruntime_session_options_config_keys.h>

#include <algorithm>
#include <limits>
#include <thread>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/scratch_folder.h"
#include "engines/onnxruntime/executed_graph.h"
#include "engines/onnxruntime/model_file.h"
#include "engines/onnxruntime/model_info.h"
#include "engines/onnxruntime/profile_assembly.h"
#include "engines/onnxruntime/profile_events.h"
#include "engines/onnxruntime/session.h"
#include "engines/onnxruntime/session_options.h"

namespace tandem::onnxruntime {
namespace {

/// ONNX Runtime keeps a million events in memory and drops the rest; an event is about a kilobyte of its report.
constexpr std::size_t kEventsToCollect = 50'000;
constexpr std::uint64_t kReportLimitBytes = std::uint64_t{1} << 30U;
/// Longer than the profiler's microsecond, so that no two runs begin in the same one.
constexpr std::chrono::microseconds kBetweenRuns{3};

/// How many runs the report can hold, of which the first warm up.
struct RunPlan {
  std::size_t warmup = 0;
  std::size_t most = 0;
};
RunPlan plan_runs(std::size_t nodes, const ProfileOptions& profile) {
  const std::size_t all = std::max<std::size_t>(2, kEventsToCollect / (nodes + 2));
  const std::size_t warmup = std::min(profile.warmup_runs, all / 2);
  const std::size_t room = all - warmup;
  return {warmup, profile.runs == 0 ? room : std::min(room, profile.runs)};
}

class ProfiledSession final {
 public:
  ProfiledSession(const Runtime& runtime, std::shared_ptr<const ScratchFolder> folder)
      : runtime_(runtime), folder_(std::move(folder)) {}

  Status load(const ModelSource& source, const SessionOptions& options) {
    const OrtApi& api = runtime_.api();
    const ModelFileFacts facts = TRY(read_model_file(source.bytes));
    ChosenOptions chosen = TRY(choose_options(runtime_, options));
    OrtSessionOptions* wanted = chosen.options.get();
    const std::filesystem::path executed = folder_->path() / "executed.onnx";
    TRY(check(api, api.EnableProfiling(wanted, (folder_->path() / "events").c_str())));
    TRY(check(api, api.SetOptimizedModelFilePath(wanted, executed.c_str())));
    // Beside it, because a model of more than 2 GiB cannot be one file.
    TRY(check(api, api.AddSessionConfigEntry(wanted, kOrtSessionOptionsOptimizedModelExternalInitializersFileName,
                                             "executed.weights")));
    auto handle = TRY(create_session(runtime_, source, *wanted));
    handle_ = handle.get();
    ModelInfo info = TRY(read_model_info(runtime_, *handle_, facts));
    session_ = make_session(runtime_, std::move(handle), std::move(info), chosen.describe(options), chosen.threads);
    const MappedFile file = TRY(MappedFile::open(executed));
    graph_ = TRY(read_executed_graph(file.bytes()));
    std::error_code ignored;
    std::filesystem::remove(folder_->path() / "executed.weights", ignored);
    return {};
  }

  Status run(std::span<const Tensor> inputs, const RunPlan& plan, std::chrono::nanoseconds duration) {
    std::vector<Tensor> outputs(session_->info().outputs.size());
    const Clock& clock = system_clock();
    SteadyTime begin{};
    for (std::size_t i = 0; i < plan.warmup + plan.most; ++i) {
      if (i == plan.warmup) begin = clock.now();
      if (i > plan.warmup && clock.now() - begin >= duration) break;
      TRY(session_->run(inputs, outputs));
      for (Tensor& output : outputs) {
        if (!output.writable()) output = Tensor();
      }
      const SteadyTime end = clock.now();
      while (clock.now() - end < kBetweenRuns) std::this_thread::yield();
    }
    return {};
  }

  Result<ProfileEvents> end() {
    const OrtApi& api = runtime_.api();
    char* name = nullptr;
    TRY(check(api, api.SessionEndProfiling(handle_, &runtime_.allocator(), &name)));
    const std::filesystem::path report = take_text(api, &runtime_.allocator(), name);
    const std::string json = TRY(read_file(report, kReportLimitBytes));
    auto events = read_profile_events(json);
    if (!events) {
      return internal_error("the report of ONNX Runtime's profiler cannot be read: " + events.error().message);
    }
    return events;
  }

  const ExecutedGraph& graph() const { return graph_; }
  const Session& session() const { return *session_; }

 private:
  const Runtime& runtime_;
  const std::shared_ptr<const ScratchFolder> folder_;
  ExecutedGraph graph_;
  std::unique_ptr<Session> session_;
  OrtSession* handle_ = nullptr;  // of session_
};

}  // namespace

Result<ExecutionProfile> profile_model(const Runtime& runtime, const ModelSource& source,
                                       std::span<const Tensor> inputs, const SessionOptions& options,
                                       const ProfileOptions& profile) {
  ProfiledSession session(runtime, TRY(ScratchFolder::make(std::filesystem::temp_directory_path(), "tandem-profile-")));
  TRY(session.load(source, options));
  const RunPlan plan = plan_runs(session.graph().nodes.size(), profile);
  const auto duration = profile.runs > 0 ? std::chrono::nanoseconds::max() : profile.duration;
  TRY(session.run(inputs, plan, duration));
  const ProfileEvents events = TRY(session.end());
  ExecutionProfile result = TRY(assemble_profile(events, session.graph(), plan.warmup));
  result.session = session.session().describe();
  return result;
}

}  // namespace tandem::onnxruntime
