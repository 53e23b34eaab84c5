// SPDX-License-Identifier: Apache-2.0
// What the loading thread does; everything it decides is in version_plan.
#include "serve/models/life_cycle.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <future>
#include <utility>

#include "base/log.h"
#include "serve/models/self_test.h"

namespace tandem::serve {
namespace {

constexpr std::size_t kMaxWaiting = 256;  // calls of load and unload

std::shared_ptr<const ModelTable> empty_table() { return std::make_shared<const ModelTable>(); }

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// A model that is loaded anew divides the cores as the one that serves: to measure it again would take cores from
/// those who are being served.
void keep_split(const ServedName& served, LoadOptions& options) {
  if (served.versions.empty()) return;
  const LoadedModel& newest = *served.versions.back();
  options.kept = {newest.instances, newest.threads};
  options.kept_lone = {newest.lone_instances, newest.lone_threads};
}

}  // namespace

LifeCycle::LifeCycle(ModelSource source, const EngineRegistry& engines, ShadowRunner& shadows, LifeCycleOptions options)
    : source_(std::move(source)),
      engines_(engines),
      shadows_(shadows),
      options_(std::move(options)),
      table_(empty_table()),
      reaper_(std::make_unique<Reaper>()),
      loader_(std::make_unique<WorkerPool>(1, kMaxWaiting)) {}

LifeCycle::~LifeCycle() {
  stop();
  watcher_.reset();
  loader_.reset();
  for (auto& [name, known] : known_) shadows_.set(name, std::nullopt);
  known_.clear();
  table_.replace(empty_table());
  reaper_.reset();  // its last callbacks use the members below and above
  for (Ending& ending : endings_) ending.done(fail(Code::kCancelled, "the server ended before the model did"));
}

void LifeCycle::stop() { stopping_.store(true); }

Status LifeCycle::start() {
  std::promise<Status> started;
  TRY(loader_->submit([&] { started.set_value(start_now()); }));
  TRY(started.get_future().get());
  if (options_.watch_interval.count() > 0) {
    watcher_ = std::make_unique<Watcher>(options_.watch_interval, [this] { look([] {}); });
  }
  return {};
}

Status LifeCycle::start_now() {
  const std::vector<std::string> names = TRY(source_.names());
  std::vector<std::string> wanted = names;
  if (options_.explicit_control && !contains(options_.load_names, "*")) {
    wanted = options_.load_names;
    for (const std::string& name : names) {
      if (!contains(wanted, name)) take_down(name, "is not loaded");
    }
  }
  for (const std::string& name : wanted) {
    if (options_.explicit_control) TRY(source_.versions(name));
    // One that does not come up is in the index with its reason, and keeps no other from serving.
    static_cast<void>(bring_up(name, true));
  }
  return {};
}

void LifeCycle::submit(Done done, std::function<void()> task) {
  const Status accepted = loader_->submit([this, done, task = std::move(task)] {
    if (stopping_.load()) return done(fail(Code::kUnavailable, "the server is being shut down and loads no models"));
    task();
  });
  if (!accepted) done(fail(accepted.error().with_context("too many calls of load and unload wait")));
}

void LifeCycle::look(std::function<void()> done) {
  const auto finished = [done = std::move(done)](const Status&) { done(); };
  submit(finished, [this, finished] {
    look_now();
    finished({});
  });
}

void LifeCycle::look_now() {
  const auto names = source_.names();
  if (!names) return log::warning("the store cannot be looked at", {{"reason", names.error().message}});
  std::vector<std::string> to_look_at;
  for (const auto& [name, known] : known_) to_look_at.push_back(name);
  for (const std::string& name : *names) {
    if (!options_.explicit_control && !known_.contains(name)) to_look_at.push_back(name);
  }
  for (const std::string& name : to_look_at) {
    if (!stopping_.load()) look_at(name);
  }
}

/// A change counts when it is the same at two looks: a file that is being copied has settled by then.
void LifeCycle::look_at(const std::string& name) {
  Known& known = known_[name];
  const std::string now = signature(name, known);
  const bool settled = now == std::exchange(known.seen, now);
  if (now == known.applied || !settled) return;
  const auto versions = source_.versions(name);
  if (!versions && versions.error().code == Code::kNotFound && known.changes.weights.empty()) {
    log::info("a model is no longer in the store", {{"model", name}});
    shadows_.set(name, std::nullopt);
    known_.erase(name);
    recorders_.forget(name);
    take_down(name, std::nullopt);
    return;
  }
  static_cast<void>(bring_up(name, false));
}

std::string LifeCycle::fingerprint(const std::string& name, const std::string& version, const Known& known) const {
  if (!known.changes.weights.empty()) return known.changes.weights.at(version).string();
  return source_.fingerprint(name, version).value_or("unreadable");
}

/// Of everything that decides what is served under the name.
std::string LifeCycle::signature(const std::string& name, const Known& known) const {
  if (!known.changes.weights.empty()) return known.changes.folder->path().string();
  const auto versions = source_.versions(name);
  if (!versions) return versions.error().message;
  const RolloutConfig rollout = known.changes.rollout.value_or(source_.rollout(name).value_or(known.rollout));
  std::string text = source_.rollout_fingerprint(name);
  for (const std::string& version : choose_versions(rollout, *versions).wanted) {
    text += fmt::format("\n{}: {}", version, fingerprint(name, version, known));
  }
  return text;
}

Result<VersionChoice> LifeCycle::choose(const std::string& name, Known& known) {
  const bool own_files = !known.changes.weights.empty();
  const std::vector<std::string> versions = own_files ? known.changes.versions() : TRY(source_.versions(name));
  std::string note;
  if (auto rollout = source_.rollout(name); own_files || known.changes.rollout) {
    known.rollout = known.changes.rollout.value_or(RolloutConfig{});
  } else if (rollout) {
    known.rollout = std::move(*rollout);
  } else {
    note = fmt::format("the rollout stays as it was: {}", rollout.error().message);
    log::error("a rollout could not be read", {{"model", name}, {"reason", rollout.error().message}});
  }
  VersionChoice choice = choose_versions(known.rollout, versions);
  if (!choice.missing.empty()) {
    note = fmt::format("the rollout names versions that are not there: {}", fmt::join(choice.missing, ", "));
    log::warning("a rollout names versions that are not there", {{"model", name}, {"reason", note}});
  }
  states_.set_note(name, std::move(note));
  return choice;
}

/// anew  loads also what is served already and whose files have not changed
Status LifeCycle::bring_up(const std::string& name, bool anew) {
  Known& known = known_[name];
  known.applied = known.seen = signature(name, known);
  states_.clear_failures(name);
  const auto choice = choose(name, known);
  if (!choice) {
    note_failure(name, "", choice.error());
    return fail(choice.error());
  }
  const ServedName before = served_now(name);
  if (before.versions.empty()) {
    ServedName loading;
    loading.reason = "is being loaded";
    publish(name, std::move(loading));
  }
  std::vector<std::string> serving;
  for (const auto& model : before.versions) serving.push_back(model->version);
  std::vector<std::string> up;
  FreshVersions fresh;
  Status outcome;
  for (const std::string& version : choice->wanted) {
    const bool same = fingerprint(name, version, known) == known.fingerprints[version];
    if (!anew && same && contains(serving, version)) {
      up.push_back(version);
      continue;
    }
    auto tried = try_version(name, version, known);
    if (tried) {
      up.push_back(version);
      fresh.emplace(version, std::move(*tried));
    } else {
      note_failure(name, version, tried.error());
      outcome = fail(std::move(tried).error());
    }
  }
  const bool changed = !fresh.empty();
  switch_over(name, versions_after(serving, choice->wanted, up), std::move(fresh));
  set_shadow(name, known, changed);
  return outcome;
}

Result<LifeCycle::Fresh> LifeCycle::try_version(const std::string& name, const std::string& version, Known& known) {
  known.fingerprints[version] = fingerprint(name, version, known);
  if (served_now(name).find(version) == nullptr) states_.set(name, version, VersionState::kLoading, "");
  Fresh fresh;
  auto loaded = load_version(name, version, {"", recorders_.find(name, version)}, fresh.tested);
  if (!loaded) return fail(std::move(loaded).error());
  recorders_.keep(name, version, (*loaded)->recorder);
  fresh.serial = next_serial_++;
  {
    const std::lock_guard lock(endings_mutex_);
    serials_[loaded->get()] = fresh.serial;
  }
  fresh.model = reaper_->adopt(std::move(*loaded), [this, serial = fresh.serial] { on_gone(serial); });
  return fresh;
}

Result<std::unique_ptr<LoadedModel>> LifeCycle::load_version(const std::string& name, const std::string& version,
                                                             const LoadAs& how, std::string& tested) const {
  const Known& known = known_.at(name);
  LoadOptions options = options_.load;
  if (!known.changes.engine.empty()) options.engine = known.changes.engine;
  if (!how.engine.empty()) options.engine = how.engine;
  options.max_batch_size = known.changes.max_batch_size;
  if (how.engine.empty()) keep_split(served_now(name), options);
  options.recorder = how.recorder;
  const auto load = [&](const SourceFiles& files) -> Result<std::unique_ptr<LoadedModel>> {
    auto model = TRY(load_model(files.entry, engines_, options));
    model->version = version;
    tested = TRY(self_test(*model->session, files.golden));
    if (model->lone_session) TRY(self_test(*model->lone_session, files.golden));
    return model;
  };
  return known.changes.weights.empty() ? source_.read(name, version, load) : load(known.changes.files(name, version));
}

/// version  "": the model as a whole
void LifeCycle::note_failure(const std::string& name, const std::string& version, const Error& error) {
  log::error("a model could not be loaded", {{"model", name}, {"version", version}, {"reason", error.message}});
  const ServedName served = served_now(name);
  const bool goes_on = version.empty() ? !served.versions.empty() : served.find(version) != nullptr;
  if (goes_on) {
    states_.set_note(name, fmt::format("as it was loaded before: loading it anew failed: {}", error.message));
  } else {
    states_.set(name, version, VersionState::kUnavailable, error.message);
  }
  if (!served.versions.empty()) return;
  ServedName unavailable;
  unavailable.reason = fmt::format("could not be loaded: {}", error.message);
  publish(name, std::move(unavailable));
}

/// after  the versions that answer from now on: each is fresh or served already
void LifeCycle::switch_over(const std::string& name, const std::vector<std::string>& after, FreshVersions fresh) {
  const ServedName before = served_now(name);
  if (after.empty()) return;  // note_failure has said why
  ServedName served;
  served.tickets = before.tickets;
  for (const std::string& version : after) {
    const auto it = fresh.find(version);
    served.versions.push_back(it != fresh.end() ? it->second.model : *before.find(version));
  }
  set_rollout(served, known_[name].rollout);
  for (const auto& [version, up] : fresh) {
    states_.set(name, version, VersionState::kReady, up.tested, up.serial);
  }
  for (const auto& model : before.versions) {
    const bool stays = std::find(served.versions.begin(), served.versions.end(), model) != served.versions.end();
    if (!stays) let_go(model);
  }
  publish(name, std::move(served));
}

ServedName LifeCycle::served_now(const std::string& name) const {
  const auto table = table_.get();
  const auto it = table->find(name);
  return it == table->end() ? ServedName{} : it->second;
}

/// served  absent: the name is not known any more
void LifeCycle::publish(const std::string& name, std::optional<ServedName> served) {
  auto table = std::make_shared<ModelTable>(*table_.get());
  if (served) {
    (*table)[name] = std::move(*served);
  } else {
    table->erase(name);
  }
  const bool any =
      std::any_of(table->begin(), table->end(), [](const auto& item) { return !item.second.versions.empty(); });
  any_ready_.store(any || known_.empty());
  table_.replace(std::move(table));
}

/// reason  absent: the name is not known any more. Returns the models that end.
std::set<std::uint64_t> LifeCycle::take_down(const std::string& name, std::optional<std::string> reason) {
  std::set<std::uint64_t> serials;
  {
    const ServedName before = served_now(name);
    const std::lock_guard lock(endings_mutex_);
    for (const auto& model : before.versions) serials.insert(serials_[model.get()]);
  }
  states_.clear_failures(name);
  for (const std::uint64_t serial : serials) states_.unloading(serial);
  std::optional<ServedName> served;
  if (reason) {
    states_.set(name, "", VersionState::kUnwanted, *reason);
    served.emplace().reason = std::move(*reason);
  }
  publish(name, std::move(served));
  return serials;
}

void LifeCycle::let_go(const std::shared_ptr<const LoadedModel>& model) {
  const std::lock_guard lock(endings_mutex_);
  states_.unloading(serials_[model.get()]);
}

}  // namespace tandem::serve
