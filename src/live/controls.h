// SPDX-License-Identifier: Apache-2.0
// The keys of a live view and what follows from them: pure functions from a state and an event to commands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tandem::live {

enum class Key {
  kSpeak,       // s: look at this frame now and say what it shows
  kAgain,       // r: say it again
  kStatistics,  // p
  kModel,       // m: the next model, or precision
  kQuit,        // q
};
/// In both cases; nothing for other characters.
std::optional<Key> key_of(int character);

/// One of the models that can be switched to.
struct ModelChoice {
  std::string name;
  std::string precision;    // "fp32"; empty when it is not known
  std::string why_not;      // empty: it can be loaded
  std::string engine;       // for people; known after loading
  std::uint64_t bytes = 0;  // of its file
  bool available() const { return why_not.empty(); }
};
/// "NAME fp16"
std::string describe(const ModelChoice& choice);

/// What a view remembers. Values copy.
struct ControlState {
  std::vector<ModelChoice> models;
  std::size_t current = 0;             // index into models
  std::optional<std::size_t> loading;  // in the background
  bool speaks_changes = false;         // --speak
  bool shows_statistics = false;
  std::string headline;  // of the newest observation
  std::vector<std::string> details;
  std::string sentence;  // of it
  std::string said;      // the newest sentence that was given to be spoken
  std::string message;   // for the person, until the next event that has one
};

/// What the shell around is to do. At most one of each.
struct Commands {
  bool observe_now = false;
  bool quit = false;
  std::optional<std::string> say;
  std::optional<std::size_t> load;  // index into models
};

Commands on_key(ControlState& state, Key key);

/// The parts of an observation that the state keeps.
struct Seen {
  std::string headline;
  std::vector<std::string> details;
  std::string sentence;
  bool asked = false;  // with kSpeak
};
Commands on_seen(ControlState& state, Seen seen);

/// The model that was loading is in use.
void on_loaded(ControlState& state, const std::string& engine);
/// The one before stays in use.
void on_load_failed(ControlState& state, const std::string& reason);

}  // namespace tandem::live
