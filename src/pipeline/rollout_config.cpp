// SPDX-License-Identifier: Apache-2.0
// The keys of schema 1; aliases that weights and the shadow name become versions here.
#include "pipeline/rollout_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/file.h"
#include "pipeline/config_reader.h"

namespace tandem {
namespace {

constexpr std::int64_t kMaxVersions = 64;  // of one model, served at the same time
constexpr std::int64_t kMaxWeight = 1'000'000;

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Status check_size(const ConfigValue& value, std::size_t size) {
  if (size >= 1 && size <= static_cast<std::size_t>(kMaxVersions)) return {};
  return value.wrong(fmt::format("1 to {} entries", kMaxVersions));
}

Status read_versions(const ConfigValue& value, RolloutConfig& config) {
  if (value.node->kind == ConfigNode::Kind::kMapping) {
    const ConfigMapping mapping = TRY(ConfigMapping::open(value, {"latest"}));
    const ConfigValue latest = TRY(mapping.required("latest"));
    config.latest = static_cast<std::size_t>(TRY(latest.integer(1, kMaxVersions)));
    return {};
  }
  if (value.node->kind == ConfigNode::Kind::kScalar && value.node->text == "all") {
    config.all = true;
    return {};
  }
  if (value.node->kind != ConfigNode::Kind::kSequence) return value.wrong("all, a list of versions, or latest: n");
  const auto items = TRY(value.list());
  TRY(check_size(value, items.size()));
  for (const ConfigValue& item : items) config.versions.push_back(TRY(item.text()));
  return {};
}

/// The keys of a mapping that names whatever it likes, each with its value.
Result<std::vector<std::pair<std::string, ConfigValue>>> read_pairs(const ConfigValue& value) {
  if (value.node->kind != ConfigNode::Kind::kMapping) return value.wrong("a mapping");
  TRY(check_size(value, value.node->keys.size()));
  std::vector<std::pair<std::string, ConfigValue>> pairs;
  for (std::size_t i = 0; i < value.node->keys.size(); ++i) {
    const std::string& key = value.node->keys[i];
    pairs.emplace_back(key, ConfigValue{&value.node->items[i], fmt::format("{}.{}", value.path, key)});
  }
  return pairs;
}

/// No number, so that an alias is never taken for a version.
bool is_alias(std::string_view text) {
  constexpr std::size_t kMaxAliasBytes = 64;
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
  return !text.empty() && text.size() <= kMaxAliasBytes && std::all_of(text.begin(), text.end(), allowed) &&
         !is_number(text);
}

Status read_aliases(const ConfigValue& value, RolloutConfig& config) {
  for (const auto& [name, version] : TRY(read_pairs(value))) {
    if (!is_alias(name)) {
      return invalid_argument(
          fmt::format("{}: '{}' is no alias; expected a-z, 0-9, _ and -, at most 64, and not only digits", value.path,
                      name.substr(0, 64)));
    }
    std::string target = TRY(version.text());
    config.aliases.push_back({name, std::move(target)});
  }
  return {};
}

std::string version_of(const RolloutConfig& config, const std::string& name) {
  const auto alias = std::find_if(config.aliases.begin(), config.aliases.end(),
                                  [&](const VersionAlias& known) { return known.name == name; });
  return alias == config.aliases.end() ? name : alias->version;
}

Status read_weights(const ConfigValue& value, RolloutConfig& config) {
  std::uint64_t sum = 0;
  for (const auto& [name, number] : TRY(read_pairs(value))) {
    const auto weight = static_cast<std::uint32_t>(TRY(number.integer(0, kMaxWeight)));
    const std::string version = version_of(config, name);
    const bool twice = std::any_of(config.weights.begin(), config.weights.end(),
                                   [&](const VersionWeight& known) { return known.version == version; });
    if (twice) return invalid_argument(fmt::format("{}: version {} stands twice", number.path, version));
    config.weights.push_back({version, weight});
    sum += weight;
  }
  return sum > 0 ? Status{} : value.wrong("a weight above 0");
}

Status check_shadow(const ConfigValue& value, const ShadowConfig& shadow) {
  if (shadow.version.empty() && shadow.engine.empty()) return value.wrong("a version or an engine to compare with");
  if (!(shadow.share > 0 && shadow.share <= 1)) return value.wrong("a share above 0 and at most 1");
  return {};
}

Status read_shadow(const ConfigValue& value, RolloutConfig& config) {
  const ConfigMapping mapping = TRY(ConfigMapping::open(value, {"version", "engine", "share"}));
  const ConfigValue share = TRY(mapping.required("share"));
  ShadowConfig shadow;
  shadow.share = static_cast<double>(TRY(share.number()));
  if (const auto version = mapping.find("version")) shadow.version = version_of(config, TRY(version->text()));
  if (const auto engine = mapping.find("engine")) shadow.engine = TRY(engine->identifier());
  TRY(check_shadow(value, shadow));
  config.shadow = std::move(shadow);
  return {};
}

}  // namespace

Result<RolloutConfig> parse_rollout_config(std::string_view yaml) {
  const ConfigNode root = TRY(parse_config_tree(yaml));
  const ConfigMapping mapping =
      TRY(ConfigMapping::open({&root, ""}, {"schema", "versions", "aliases", "weights", "shadow"}));
  const ConfigValue schema = TRY(mapping.required("schema"));
  TRY(schema.integer(1, 1));
  RolloutConfig config;
  if (const auto versions = mapping.find("versions")) TRY(read_versions(*versions, config));
  if (const auto aliases = mapping.find("aliases")) TRY(read_aliases(*aliases, config));
  if (const auto weights = mapping.find("weights")) TRY(read_weights(*weights, config));
  if (const auto shadow = mapping.find("shadow")) TRY(read_shadow(*shadow, config));
  return config;
}

Result<RolloutConfig> read_rollout_config(const std::filesystem::path& file) {
  constexpr std::uint64_t kMaxFileBytes = 1 << 20;
  if (file.empty()) return RolloutConfig{};
  const std::string yaml = TRY(read_file(file, kMaxFileBytes));
  auto config = parse_rollout_config(yaml);
  if (!config) return fail(config.error().with_context(file.string()));
  return config;
}

Result<ShadowConfig> parse_shadow(std::string_view text) {
  const auto colon = text.rfind(':');
  const std::string target(text.substr(0, std::min(colon, text.size())));
  ShadowConfig shadow;
  (is_number(target) ? shadow.version : shadow.engine) = target;
  const std::string_view share = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  const auto parsed = std::from_chars(share.data(), share.data() + share.size(), shadow.share);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == share.data() + share.size();
  if (target.empty() || !whole || !(shadow.share > 0 && shadow.share <= 1)) {
    return invalid_argument(fmt::format(
        "a shadow: expected VERSION:SHARE or ENGINE:SHARE with a share above 0 and at most 1 (2:0.1), got '{}'",
        text.substr(0, 80)));
  }
  return shadow;
}

}  // namespace tandem
