// SPDX-License-Identifier: Apache-2.0
// Look-up, on the path of every request.
#include "serve/models/model_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "serve/models/version_plan.h"

namespace tandem::serve {
namespace {

tl::unexpected<Error> no_such_name(const ModelTable& table, std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& [known, served] : table) names.push_back(known);
  return not_found(names.empty() ? fmt::format("there is no model '{}': the store is empty", name)
                                 : fmt::format("there is no model '{}'; there are: {}", name, fmt::join(names, ", ")));
}

tl::unexpected<Error> no_such_version(const ServedName& served, std::string_view name, std::string_view version) {
  std::vector<std::string> known;
  for (const auto& model : served.versions) known.push_back(model->version);
  for (const VersionAlias& alias : served.aliases) known.push_back(fmt::format("{} ({})", alias.name, alias.version));
  return not_found(
      known.size() == 1
          ? fmt::format("model '{}' has no version '{}'; its version is {}", name, version, known.front())
          : fmt::format("model '{}' has no version '{}'; its versions are {}", name, version, fmt::join(known, ", ")));
}

const std::shared_ptr<const LoadedModel>& by_weight(const ServedName& served) {
  if (served.weights.empty()) return served.versions.back();
  const std::uint64_t ticket = served.tickets->fetch_add(1, std::memory_order_relaxed);
  const auto* chosen = served.find(served.weights[pick_weight(served.weights, ticket)].version);
  return chosen != nullptr ? *chosen : served.versions.back();
}

/// Adds what the versions of `name` are made of, at any depth.
void add_parts(const ModelTable& table, const std::string& name, std::set<std::string>& parts) {
  const auto served = table.find(name);
  if (served == table.end()) return;
  for (const auto& model : served->second.versions) {
    for (const std::string& part : model->parts) {
      if (parts.insert(part).second) add_parts(table, part, parts);
    }
  }
}

}  // namespace

const std::shared_ptr<const LoadedModel>* ServedName::find(std::string_view version) const {
  const auto alias =
      std::find_if(aliases.begin(), aliases.end(), [&](const VersionAlias& known) { return known.name == version; });
  const std::string_view wanted = alias == aliases.end() ? version : std::string_view(alias->version);
  const auto model =
      std::find_if(versions.begin(), versions.end(), [&](const auto& known) { return known->version == wanted; });
  return model == versions.end() ? nullptr : &*model;
}

Status check_served(const ModelTable& table, std::string_view name) {
  const auto it = table.find(name);
  if (it == table.end()) return no_such_name(table, name);
  if (!it->second.versions.empty()) return {};
  return fail(Code::kUnavailable, fmt::format("model '{}' {}", name, it->second.reason));
}

Result<std::shared_ptr<const LoadedModel>> find_served(const ModelTable& table, std::string_view name,
                                                       std::string_view version) {
  TRY(check_served(table, name));
  const ServedName& served = table.find(name)->second;
  if (version.empty()) return by_weight(served);
  const auto* model = served.find(version);
  if (model == nullptr) return no_such_version(served, name, version);
  return *model;
}

std::set<std::string> models_to_unload(const ModelTable& table, const std::string& name) {
  std::set<std::string> goes;
  add_parts(table, name, goes);
  std::erase_if(goes, [&](const std::string& part) {
    const auto served = table.find(part);
    return part == name || served == table.end() || served->second.versions.empty();
  });
  for (bool settled = false; !settled;) {
    std::set<std::string> needed;
    for (const auto& [other, served] : table) {
      if (other != name && !goes.contains(other)) add_parts(table, other, needed);
    }
    settled = std::erase_if(goes, [&](const std::string& part) { return needed.contains(part); }) == 0;
  }
  return goes;
}

void set_rollout(ServedName& served, const RolloutConfig& rollout) {
  const auto is_served = [&](const std::string& version) {
    return std::any_of(served.versions.begin(), served.versions.end(),
                       [&](const auto& model) { return model->version == version; });
  };
  served.aliases.clear();
  served.weights.clear();
  std::uint64_t sum = 0;
  for (const VersionAlias& alias : rollout.aliases) {
    if (is_served(alias.version)) served.aliases.push_back(alias);
  }
  for (const VersionWeight& weight : rollout.weights) {
    if (!is_served(weight.version)) continue;
    served.weights.push_back(weight);
    sum += weight.weight;
  }
  if (sum == 0) served.weights.clear();
  if (!served.weights.empty() && !served.tickets) served.tickets = std::make_shared<std::atomic<std::uint64_t>>(0);
}

}  // namespace tandem::serve
