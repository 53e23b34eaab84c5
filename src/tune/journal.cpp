// SPDX-License-Identifier: Apache-2.0
// Its own file, and still read with care: it may be half of another program's.
#include "tune/journal.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/file.h"

namespace tandem::tune {
namespace {

using JournalJson = nlohmann::ordered_json;

constexpr std::uint64_t kMaxJournalBytes = 256 << 20;
constexpr std::size_t kMaxRounds = 100'000;
constexpr std::size_t kMaxLanes = 10'000;

JournalJson block_as_json(const LoggedBlock& logged) {
  if (!logged.problem.empty()) return {{"problem", logged.problem}};
  return {{"seconds", logged.block.seconds},
          {"runs", logged.block.runs},
          {"items", logged.block.items},
          {"quantiles_ms", logged.block.quantiles_ms}};
}

JournalJson round_as_json(const LoggedRound& round) {
  JournalJson blocks = JournalJson::array();
  for (const LoggedBlock& block : round.blocks) blocks.push_back(block_as_json(block));
  return {{"phase", round.phase}, {"elapsed_s", round.elapsed_s}, {"lanes", round.lanes}, {"blocks", blocks}};
}

std::optional<double> positive_number(const JournalJson& object, const char* key) {
  if (!object.is_object() || !object.contains(key) || !object[key].is_number()) return std::nullopt;
  const double value = object[key].get<double>();
  return std::isfinite(value) && value >= 0 ? std::optional(value) : std::nullopt;
}

std::optional<LoggedBlock> read_block(const JournalJson& json) {
  LoggedBlock logged;
  if (json.is_object() && json.contains("problem") && json["problem"].is_string()) {
    logged.problem = json["problem"].get<std::string>();
    return logged.problem.empty() ? std::nullopt : std::optional(logged);
  }
  const auto seconds = positive_number(json, "seconds");
  const auto runs = positive_number(json, "runs");
  const auto items = positive_number(json, "items");
  if (!seconds || !runs || !items || *seconds <= 0 || *items < 1) return std::nullopt;
  logged.block.seconds = *seconds;
  logged.block.runs = static_cast<std::size_t>(*runs);
  logged.block.items = static_cast<std::size_t>(*items);
  if (!json.contains("quantiles_ms") || !json["quantiles_ms"].is_array()) return std::nullopt;
  for (const JournalJson& time : json["quantiles_ms"]) {
    if (!time.is_number() || logged.block.quantiles_ms.size() >= kBlockQuantiles) return std::nullopt;
    logged.block.quantiles_ms.push_back(time.get<double>());
  }
  return logged.block.quantiles_ms.empty() ? std::nullopt : std::optional(logged);
}

std::optional<LoggedRound> read_round(const JournalJson& json) {
  const auto elapsed = positive_number(json, "elapsed_s");
  if (!elapsed || !json.contains("phase") || !json["phase"].is_string()) return std::nullopt;
  if (!json.contains("lanes") || !json["lanes"].is_array() || json["lanes"].size() > kMaxLanes) return std::nullopt;
  if (!json.contains("blocks") || !json["blocks"].is_array()) return std::nullopt;
  if (json["blocks"].size() != json["lanes"].size()) return std::nullopt;
  LoggedRound round;
  round.phase = json["phase"].get<std::string>();
  round.elapsed_s = *elapsed;
  for (const JournalJson& lane : json["lanes"]) {
    if (!lane.is_string()) return std::nullopt;
    round.lanes.push_back(lane.get<std::string>());
  }
  for (const JournalJson& block : json["blocks"]) {
    auto read = read_block(block);
    if (!read) return std::nullopt;
    round.blocks.push_back(std::move(*read));
  }
  return round;
}

JournalJson key_as_json(const JournalKey& key) {
  JournalJson json = JournalJson::object();
  for (const auto& [name, value] : key) json[name] = value;
  return json;
}

/// What differs first; "" when nothing does.
std::string difference(const JournalKey& key, const JournalJson& kept) {
  for (const auto& [name, value] : key) {
    const bool known = kept.is_object() && kept.contains(name) && kept[name].is_string();
    const std::string before = known ? kept[name].get<std::string>() : "";
    if (!known || before != value) return fmt::format("{} was '{}' and is '{}'", name, before, value);
  }
  return "";
}

}  // namespace

Result<Journal> Journal::open(JournalPlace place, const Clock& clock) {
  Journal journal(std::move(place), clock);
  if (!journal.place_.resume) return journal;
  const std::string file = journal.place_.file.string();
  const auto text = read_file(journal.place_.file, kMaxJournalBytes);
  if (!text && text.error().code == Code::kNotFound) return journal;
  if (!text) return fail(text.error());
  const JournalJson json = JournalJson::parse(*text, nullptr, false);
  const bool sound = json.is_object() && json.contains("key") && json.contains("rounds") && json["rounds"].is_array() &&
                     json["rounds"].size() <= kMaxRounds;
  if (!sound) return invalid_argument(fmt::format("{} is no journal of a search; run without --resume", file));
  const std::string other = difference(journal.place_.key, json["key"]);
  if (!other.empty()) {
    return fail(Code::kFailedPrecondition,
                fmt::format("{} is of another search: {}; run without --resume to begin anew", file, other));
  }
  for (const JournalJson& round : json["rounds"]) {
    auto read = read_round(round);
    if (!read) return invalid_argument(fmt::format("{} is damaged; run without --resume to begin anew", file));
    journal.rounds_.push_back(std::move(*read));
  }
  return journal;
}

const LoggedRound* Journal::replay(const std::string& phase, const std::vector<std::string>& lanes) {
  if (next_ >= rounds_.size()) return nullptr;
  if (rounds_[next_].phase == phase && rounds_[next_].lanes == lanes) return &rounds_[next_++];
  rounds_.resize(next_);
  return nullptr;
}

Status Journal::append(LoggedRound round) {
  constexpr std::chrono::seconds kBetweenSaves{1};
  rounds_.push_back(std::move(round));
  next_ = rounds_.size();
  return clock_->now() - saved_ >= kBetweenSaves ? save() : Status{};
}

Status Journal::save() {
  JournalJson rounds = JournalJson::array();
  for (const LoggedRound& round : rounds_) rounds.push_back(round_as_json(round));
  const JournalJson json = {{"key", key_as_json(place_.key)}, {"rounds", std::move(rounds)}};
  TRY(write_file_atomic(place_.file, json.dump(-1, ' ', false, JournalJson::error_handler_t::replace) + "\n"));
  saved_ = clock_->now();
  return {};
}

void Journal::remove() {
  std::error_code ignored;
  std::filesystem::remove(place_.file, ignored);
}

}  // namespace tandem::tune
