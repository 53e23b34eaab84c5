// SPDX-License-Identifier: Apache-2.0
// What was measured beside what was promised.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tune/checklist.h"

namespace tandem::tune {
namespace {

using ChecklistJson = nlohmann::ordered_json;

std::string_view verdict_word(bench::PairVerdict verdict) {
  switch (verdict) {
    case bench::PairVerdict::kSecondFaster: return "faster";
    case bench::PairVerdict::kFirstFaster: return "slower";
    case bench::PairVerdict::kEquivalent: return "no difference";
    case bench::PairVerdict::kUndecided: break;
  }
  return "undecided";
}

std::string brought(const ChecklistRow& row) {
  if (!row.step.not_here.empty()) return "n/a: " + row.step.not_here;
  if (!row.problem.empty()) return "does not run: " + row.problem;
  if (!row.gain) return "n/a";
  return fmt::format("{:.3g}x [{:.3g}, {:.3g}] {}", row.gain->estimate, row.gain->low, row.gain->high,
                     verdict_word(row.verdict));
}

}  // namespace

std::string checklist_as_text(const ChecklistHead& head, const ChecklistResult& result) {
  std::size_t name = 4;
  std::size_t change = 6;
  for (const ChecklistRow& row : result.rows) {
    name = std::max(name, row.step.name.size());
    change = std::max(change, row.step.change.size());
  }
  std::string text = fmt::format("{}: what each step brings here, by itself, {:.0f} s in {} rounds\n{}\n\n", head.model,
                                 result.measured_s, result.rounds, head.inputs);
  text += fmt::format("  {:<{}}  {:<{}}  {:>8}  here\n", "step", name, "change", change, "expected");
  for (const ChecklistRow& row : result.rows) {
    text += fmt::format("  {:<{}}  {:<{}}  {:>8}  {}\n", row.step.name, name, row.step.change, change,
                        row.step.expected.empty() ? "-" : row.step.expected, brought(row));
    if (!row.step.answers.empty() && row.problem.empty()) {
      text += fmt::format("  {:<{}}  {:<{}}  {:>8}  {}\n", "", name, "", change, "", row.step.answers);
    }
  }
  text += fmt::format(
      "\nhere: how many times as fast an item became, with the interval that holds it (95 % for all rows together); "
      "the\n"
      "same thing twice differs by [{:.3g}, {:.3g}]. expected: what the documents say, of their models on their "
      "machines.\n",
      result.noise.low, result.noise.high);
  if (!head.data.empty()) text += fmt::format("answers: on {}\n", head.data);
  return text + head.machine + "\n";
}

std::string checklist_as_json(const ChecklistHead& head, const ChecklistResult& result) {
  ChecklistJson rows = ChecklistJson::array();
  for (const ChecklistRow& row : result.rows) {
    ChecklistJson json = {{"step", row.step.name}, {"change", row.step.change}, {"expected", row.step.expected}};
    json["gain"] =
        row.gain ? ChecklistJson({{"estimate", row.gain->estimate}, {"low", row.gain->low}, {"high", row.gain->high}})
                 : ChecklistJson(nullptr);
    json["verdict"] = row.gain ? ChecklistJson(verdict_word(row.verdict)) : ChecklistJson(nullptr);
    json["not_here"] = row.step.not_here.empty() ? ChecklistJson(nullptr) : ChecklistJson(row.step.not_here);
    json["problem"] = row.problem.empty() ? ChecklistJson(nullptr) : ChecklistJson(row.problem);
    json["answers"] = row.step.answers.empty() ? ChecklistJson(nullptr) : ChecklistJson(row.step.answers);
    rows.push_back(std::move(json));
  }
  const ChecklistJson document = {{"model", head.model},
                                  {"machine", head.machine},
                                  {"inputs", head.inputs},
                                  {"data", head.data},
                                  {"rounds", result.rounds},
                                  {"measured_s", result.measured_s},
                                  {"noise", {{"low", result.noise.low}, {"high", result.noise.high}}},
                                  {"confidence_each", result.confidence},
                                  {"steps", rows}};
  return document.dump(2, ' ', false, ChecklistJson::error_handler_t::replace) + "\n";
}

}  // namespace tandem::tune
