// SPDX-License-Identifier: Apache-2.0
// Five keys, three events.
#include "live/controls.h"

#include <fmt/format.h>

#include <utility>

namespace tandem::live {
namespace {

/// The available one after the current, in a circle; nothing when there is no other.
std::optional<std::size_t> next_model(const ControlState& state) {
  for (std::size_t step = 1; step < state.models.size(); ++step) {
    const std::size_t index = (state.current + step) % state.models.size();
    if (state.models[index].available()) return index;
  }
  return std::nullopt;
}

Commands change_model(ControlState& state) {
  Commands commands;
  if (state.loading) {
    state.message = fmt::format("{} is being loaded", describe(state.models[*state.loading]));
    return commands;
  }
  commands.load = next_model(state);
  if (!commands.load) {
    state.message = "there is no other model of this task to change to; name several, or add one to the store";
    return commands;
  }
  state.loading = commands.load;
  state.message = fmt::format("loading {}; {} goes on", describe(state.models[*commands.load]),
                              describe(state.models[state.current]));
  return commands;
}

Commands say_again(ControlState& state) {
  Commands commands;
  if (state.said.empty()) {
    state.message = "nothing has been said yet; S says what this frame shows";
  } else {
    commands.say = state.said;
  }
  return commands;
}

}  // namespace

std::optional<Key> key_of(int character) {
  switch (character) {
    case 's':
    case 'S': return Key::kSpeak;
    case 'r':
    case 'R': return Key::kAgain;
    case 'p':
    case 'P': return Key::kStatistics;
    case 'm':
    case 'M': return Key::kModel;
    case 'q':
    case 'Q': return Key::kQuit;
    default: return std::nullopt;
  }
}

std::string describe(const ModelChoice& choice) {
  return choice.precision.empty() ? choice.name : fmt::format("{} {}", choice.name, choice.precision);
}

Commands on_key(ControlState& state, Key key) {
  Commands commands;
  switch (key) {
    case Key::kSpeak: commands.observe_now = true; break;
    case Key::kAgain: return say_again(state);
    case Key::kStatistics: state.shows_statistics = !state.shows_statistics; break;
    case Key::kModel: return change_model(state);
    case Key::kQuit: commands.quit = true; break;
  }
  return commands;
}

Commands on_seen(ControlState& state, Seen seen) {
  Commands commands;
  state.headline = std::move(seen.headline);
  state.details = std::move(seen.details);
  state.sentence = std::move(seen.sentence);
  const bool changed = state.speaks_changes && state.sentence != state.said;
  if (!state.sentence.empty() && (seen.asked || changed)) {
    state.said = state.sentence;
    commands.say = state.sentence;
  }
  return commands;
}

void on_loaded(ControlState& state, const std::string& engine) {
  state.current = *std::exchange(state.loading, std::nullopt);
  state.models[state.current].engine = engine;
  state.message = fmt::format("now {}", describe(state.models[state.current]));
}

void on_load_failed(ControlState& state, const std::string& reason) {
  ModelChoice& failed = state.models[*std::exchange(state.loading, std::nullopt)];
  failed.why_not = reason;
  state.message =
      fmt::format("{} cannot be used: {}; {} goes on", describe(failed), reason, describe(state.models[state.current]));
}

}  // namespace tandem::live
