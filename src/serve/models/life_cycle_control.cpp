// SPDX-License-Identifier: Apache-2.0
// The calls of an administrator, and when they are answered: an unload when the last of its models has ended.
#include <fmt/format.h>

#include <utility>

#include "serve/models/life_cycle.h"

namespace tandem::serve {
namespace {

tl::unexpected<Error> control_is_off() {
  return fail(Code::kUnavailable,
              "explicit model load and unload is off; the server loads the models of its store when it starts "
              "(--model-control explicit switches it on)");
}

}  // namespace

void LifeCycle::load(std::string_view name, LoadParameters parameters, Done done) {
  if (!options_.explicit_control) return done(control_is_off());
  auto changes = make_override(name, parameters);
  if (!changes) return done(fail(changes.error()));
  submit(done, [this, name = std::string(name), changes = std::move(*changes), done] {
    if (changes.weights.empty()) {
      if (const auto versions = source_.versions(name); !versions) return done(fail(versions.error()));
    }
    known_[name].changes = changes;
    done(bring_up(name, true));
  });
}

void LifeCycle::unload(std::string_view name, bool dependents, Done done) {
  if (!options_.explicit_control) return done(control_is_off());
  submit(done, [this, name = std::string(name), dependents, done] {
    if (!table_.get()->contains(name)) return done(not_found(fmt::format("there is no model '{}' to unload", name)));
    std::set<std::string> names = dependents ? models_to_unload(*table_.get(), name) : std::set<std::string>();
    names.insert(name);
    std::set<std::uint64_t> serials;
    for (const std::string& each : names) {
      shadows_.set(each, std::nullopt);
      known_.erase(each);
      serials.merge(take_down(each, each == name ? "was unloaded" : fmt::format("was unloaded with '{}'", name)));
    }
    finish_unload(std::move(serials), done);
  });
}

/// Answers when all of them have ended.
void LifeCycle::finish_unload(std::set<std::uint64_t> serials, Done done) {
  {
    const std::lock_guard lock(endings_mutex_);
    std::set<std::uint64_t> alive;
    for (const auto& [model, serial] : serials_) {
      if (serials.contains(serial)) alive.insert(serial);
    }
    if (!alive.empty()) {
      endings_.push_back({std::move(alive), std::move(done)});
      return;
    }
  }
  done({});
}

void LifeCycle::on_gone(std::uint64_t serial) {
  states_.gone(serial);
  std::vector<Done> ready;
  {
    const std::lock_guard lock(endings_mutex_);
    std::erase_if(serials_, [serial](const auto& item) { return item.second == serial; });
    for (Ending& ending : endings_) {
      if (ending.serials.erase(serial) > 0 && ending.serials.empty()) ready.push_back(std::move(ending.done));
    }
    std::erase_if(endings_, [](const Ending& ending) { return ending.serials.empty(); });
  }
  for (const Done& done : ready) done({});
}

}  // namespace tandem::serve
