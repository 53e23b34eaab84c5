// SPDX-License-Identifier: Apache-2.0
// From the repository index to yes or no, with the reason.
#include "serve/server/readiness.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace tandem::serve {
namespace {

/// Each model once: that of a version that is READY, else the last one listed.
std::map<std::string_view, const ModelState*> by_name(std::span<const ModelState> index) {
  std::map<std::string_view, const ModelState*> models;
  for (const ModelState& state : index) {
    const ModelState*& known = models[state.name];
    if (known == nullptr || known->state != "READY") known = &state;
  }
  return models;
}

bool is_ready(const ModelState& state) { return state.state == "READY"; }

std::string describe(const ModelState& state) {
  const std::string reason = state.reason.empty() ? "" : ": " + state.reason;
  return fmt::format("model '{}' is {}{}", state.name, state.state, reason);
}

}  // namespace

Result<ReadyPolicy> parse_ready_policy(std::string_view text) {
  if (text == "any") return ReadyPolicy{};
  if (text == "all") return ReadyPolicy{ReadyPolicy::When::kAll, {}};
  ReadyPolicy policy{ReadyPolicy::When::kNamed, {}};
  for (bool last = false; !last;) {
    const std::size_t comma = text.find(',');
    last = comma == std::string_view::npos;
    policy.names.emplace_back(text.substr(0, comma));
    if (policy.names.back().empty()) {
      return invalid_argument("expected all, any, or names of models with commas between, got an empty name");
    }
    if (!last) text.remove_prefix(comma + 1);
  }
  return policy;
}

std::string missing_models(const ReadyPolicy& policy, std::span<const ModelState> index) {
  const auto models = by_name(index);
  std::vector<std::string> missing;
  if (policy.when == ReadyPolicy::When::kNamed) {
    for (const std::string& name : policy.names) {
      const auto found = models.find(name);
      if (found == models.end()) {
        missing.push_back(fmt::format("model '{}' is not in the store", name));
      } else if (!is_ready(*found->second)) {
        missing.push_back(describe(*found->second));
      }
    }
  } else {
    bool any = false;
    for (const auto& [name, state] : models) {
      any = any || is_ready(*state);
      if (!is_ready(*state) && state->wanted) missing.push_back(describe(*state));
    }
    if (policy.when == ReadyPolicy::When::kAny && any) return {};
  }
  return fmt::format("{}", fmt::join(missing, "; "));
}

std::string loading_models(std::span<const ModelState> index) {
  std::vector<std::string_view> names;
  for (const ModelState& state : index) {
    if (state.state == "LOADING") names.push_back(state.name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string ReadinessService::unready_reason() const {
  if (draining_.load(std::memory_order_relaxed)) return "the server is not ready: it is shutting down";
  const std::string missing = missing_models(policy_, next_.index());
  return missing.empty() ? "" : "the server is not ready: " + missing;
}

std::string ReadinessService::unstarted_reason() const {
  if (started_.load(std::memory_order_relaxed)) return {};
  const std::string loading = loading_models(next_.index());
  if (!loading.empty()) return "the server is starting: it loads " + loading;
  started_.store(true, std::memory_order_relaxed);
  return {};
}

}  // namespace tandem::serve
