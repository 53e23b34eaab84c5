// SPDX-License-Identifier: Apache-2.0
// Sampling under a lock, writing on a thread of its own.
#include "serve/settings/tracer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/log.h"

namespace tandem::serve {
namespace {

std::int64_t ns(SteadyTime time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
  }
  return out;
}

/// Two elements of the file's array, as Triton writes them: who it was, and when what happened.
std::string compose(const TracedCall& call) {
  const BatchTiming& timing = call.timing;
  const SteadyTime compute = call.begun + timing.queue;
  const SteadyTime inputs_joined = compute + timing.compute_input;
  const SteadyTime inferred = inputs_joined + timing.compute_infer;
  const std::vector<std::pair<std::string_view, SteadyTime>> stamps{
      {"HTTP_RECV_START", call.arrival},
      {"REQUEST_START", call.begun},
      {"QUEUE_START", call.begun},
      {"COMPUTE_START", compute},
      {"COMPUTE_INPUT_END", inputs_joined},
      {"COMPUTE_OUTPUT_START", inferred},
      {"COMPUTE_END", inferred + timing.compute_output},
      {"REQUEST_END", call.ended},
  };
  std::string text = fmt::format(R"({{"id":{},"model_name":"{}","model_version":{},"request_id":"{}"}},)"
                                 "\n"
                                 R"({{"id":{},"timestamps":[)",
                                 call.id, escaped(call.model), call.version, escaped(call.request_id), call.id);
  for (std::size_t i = 0; i < stamps.size(); ++i) {
    text += fmt::format(R"({}{{"name":"{}","ns":{}}})", i == 0 ? "" : ",", stamps[i].first, ns(stamps[i].second));
  }
  return text + "]}";
}

}  // namespace

Result<std::unique_ptr<Tracer>> Tracer::create(const std::filesystem::path& file) {
  if (!file.empty()) TRY(TraceFile::create(file));
  return std::unique_ptr<Tracer>(new Tracer(file.string()));
}

Tracer::Tracer(std::string file) : file_(std::move(file)), writer_([this] { work(); }) {}

Tracer::~Tracer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  writer_.join();
}

TraceSettings Tracer::settings_locked(std::string_view model) const {
  const TraceSettings wide = server_.over(TraceSettings{});
  const auto it = models_.find(model);
  return it == models_.end() ? wide : it->second.over(wide);
}

TraceSettings Tracer::settings(std::string_view model) const {
  const std::lock_guard lock(mutex_);
  TraceSettings settings = settings_locked(model);
  const auto counted = counts_.find(model);
  if (counted != counts_.end() && settings.count >= 0) settings.count = counted->second.left;
  return settings;
}

Status Tracer::change(std::string_view model, const TraceChange& change) {
  const bool switches_on = change.timestamps && change.timestamps->value_or(false);
  if (switches_on && file_.empty()) {
    return fail(Code::kFailedPrecondition,
                "trace_level: there is no file to write traces to; start the server with --trace-file FILE");
  }
  const std::lock_guard lock(mutex_);
  change.apply_to(model.empty() ? server_ : models_[std::string(model)]);
  counts_.clear();
  const auto says_on = [this](const auto& entry) { return settings_locked(entry.first).timestamps; };
  on_ = settings_locked("").timestamps || std::any_of(models_.begin(), models_.end(), says_on);
  return {};
}

std::optional<std::uint64_t> Tracer::sample(std::string_view model) {
  if (!on_.load(std::memory_order_relaxed)) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const TraceSettings settings = settings_locked(model);
  if (!settings.timestamps) return std::nullopt;
  auto counted = counts_.find(model);
  if (counted == counts_.end()) counted = counts_.emplace(model, Counts{0, settings.count}).first;
  Counts& counts = counted->second;
  if (counts.left == 0 || ++counts.seen % settings.rate != 0) return std::nullopt;
  if (counts.left > 0) --counts.left;
  return ++last_id_;
}

void Tracer::write(TracedCall call) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= kMaxWaiting) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    const std::uint32_t frequency = settings_locked(call.model).log_frequency;
    waiting_.push_back({std::move(call), frequency});
  }
  wake_.notify_one();
}

void Tracer::flush() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return waiting_.empty() && !writing_; });
}

void Tracer::work() {
  bool complained = false;
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    writing_ = true;
    lock.unlock();
    const Status written = write_to_file(next);
    if (!written && !complained) log::warning("a trace was not written", {{"reason", written.error().message}});
    complained = !written;
    lock.lock();
    writing_ = false;
    if (waiting_.empty()) idle_.notify_all();
  }
}

Status Tracer::write_to_file(const Waiting& waiting) {
  const bool is_full = waiting.log_frequency > 0 && open_ && open_->elements() >= waiting.log_frequency;
  if (!open_ || is_full || open_frequency_ != waiting.log_frequency) {
    const std::string part = waiting.log_frequency == 0 ? "" : fmt::format(".{}", next_part_++);
    open_ = TRY(TraceFile::create(file_ + part));
    open_frequency_ = waiting.log_frequency;
  }
  return open_->append(compose(waiting.call));
}

}  // namespace tandem::serve
