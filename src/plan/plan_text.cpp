// SPDX-License-Identifier: Apache-2.0
// Lines are exchanged, not values: YAML that is written anew would lose its comments. Then it is read again to be sure.
#include "plan/plan_text.h"

#include <fmt/format.h>

#include <vector>

#include "base/file.h"
#include "pipeline/config_tree.h"
#include "pipeline/model_config.h"

namespace tandem {
namespace {

constexpr std::uint64_t kMaxConfigBytes = 1 << 20;
constexpr std::string_view kComment =
    "# Made by `tandem tune`; docs/tune.md says what it means and when it is followed.";
constexpr std::string_view kBareConfig = "schema: 1\ntask: tensors\n";

/// A double-quoted YAML scalar.
std::string yaml_text(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return result + '"';
}

std::string evidence_as_yaml(const PlanEvidence& evidence) {
  std::string text = fmt::format("  evidence:\n    model_sha256: {}\n", yaml_text(evidence.model_sha256));
  const auto line = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) text += fmt::format("    {}: {}\n", key, yaml_text(value));
  };
  const auto number = [&](std::string_view key, const std::optional<double>& value) {
    if (value) text += fmt::format("    {}: {:.6g}\n", key, *value);
  };
  line("variant_sha256", evidence.variant_sha256);
  line("engine_version", evidence.engine_version);
  line("machine", evidence.machine);
  line("date", evidence.date);
  number("items_per_second", evidence.items_per_second);
  number("p50_ms", evidence.p50_ms);
  number("p95_ms", evidence.p95_ms);
  if (evidence.memory_bytes) text += fmt::format("    memory_bytes: {}\n", *evidence.memory_bytes);
  line("accuracy", evidence.accuracy);
  if (!evidence.beat.empty()) text += "    beat:\n";
  for (const PlanRival& rival : evidence.beat) {
    text += fmt::format("      - {{name: {}, ratio: {:.4g}, low: {:.4g}, high: {:.4g}}}\n", yaml_text(rival.name),
                        rival.ratio, rival.low, rival.high);
  }
  return text;
}

/// With their ends.
std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::size_t size = end == std::string_view::npos ? text.size() : end + 1;
    lines.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return lines;
}

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r\n") == std::string_view::npos; }
bool is_indented(std::string_view line) { return !is_blank(line) && (line.front() == ' ' || line.front() == '\t'); }
bool begins_plan(std::string_view line) { return line.starts_with("plan:"); }

/// Without the section; blank lines and comments behind it belong to what follows.
std::string without_plan(std::string_view config) {
  const std::vector<std::string_view> lines = split_lines(config);
  std::string text;
  for (std::size_t i = 0; i < lines.size();) {
    const bool ours = lines[i].starts_with(kComment) && i + 1 < lines.size() && begins_plan(lines[i + 1]);
    if (ours) ++i;
    if (!begins_plan(lines[i])) {
      text += lines[i++];
      continue;
    }
    std::size_t end = i + 1;
    for (std::size_t next = end; next < lines.size() && (is_blank(lines[next]) || is_indented(lines[next])); ++next) {
      if (is_indented(lines[next])) end = next + 1;
    }
    i = end;
  }
  return text;
}

bool same_node(const ConfigNode& a, const ConfigNode& b) {
  if (a.kind != b.kind || a.text != b.text || a.quoted != b.quoted || a.keys != b.keys ||
      a.items.size() != b.items.size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    if (!same_node(a.items[i], b.items[i])) return false;
  }
  return true;
}

ConfigNode without_plan(ConfigNode root) {
  for (std::size_t i = 0; i < root.keys.size(); ++i) {
    if (root.keys[i] != "plan") continue;
    root.keys.erase(root.keys.begin() + static_cast<std::ptrdiff_t>(i));
    root.items.erase(root.items.begin() + static_cast<std::ptrdiff_t>(i));
    break;
  }
  return root;
}

/// That the new text says the plan, and of everything else what the old one said.
bool says_the_same(std::string_view before, std::string_view after, const std::optional<PlanConfig>& plan) {
  const auto old_tree = parse_config_tree(before);
  const auto new_tree = parse_config_tree(after);
  const auto read = parse_model_config(after);
  if (!old_tree || !new_tree || !read || !same_node(without_plan(*old_tree), without_plan(*new_tree))) return false;
  if (read->plan.has_value() != plan.has_value()) return false;
  return !plan || plan_as_yaml(*read->plan) == plan_as_yaml(*plan);
}

}  // namespace

std::string plan_as_yaml(const PlanConfig& plan) {
  std::string text = fmt::format("plan:\n  goal: {}\n  engine: {}\n", plan.goal, plan.engine);
  if (!plan.variant.empty()) text += fmt::format("  variant: {}\n", yaml_text(plan.variant));
  text += fmt::format("  precision: {}\n  graph_optimization: {}\n  threads: {}\n  instances: {}\n  batch: {}\n",
                      plan.precision, yaml_text(plan.graph_optimization), plan.threads, plan.instances, plan.batch);
  if (plan.evidence) text += evidence_as_yaml(*plan.evidence);
  return text;
}

Result<std::string> replace_plan(std::string_view config, const std::optional<PlanConfig>& plan) {
  TRY(parse_model_config(config));
  std::string text = without_plan(config);
  if (plan) {
    if (!text.empty() && text.back() != '\n') text += '\n';
    text += fmt::format("{}\n{}", kComment, plan_as_yaml(*plan));
  }
  if (says_the_same(config, text, plan)) return text;
  return invalid_argument(
      "no line `plan:` can be added to this config, because its keys do not stand at the beginning of lines of their "
      "own; write it as one key a line");
}

Status write_plan(const std::filesystem::path& config_file, const std::optional<PlanConfig>& plan) {
  const auto before = read_file(config_file, kMaxConfigBytes);
  if (!before && before.error().code != Code::kNotFound) return fail(before.error());
  if (!before && !plan) return {};
  auto after = replace_plan(before ? std::string_view(*before) : kBareConfig, plan);
  if (!after) return fail(after.error().with_context(config_file.string()));
  if (before && *after == *before) return {};
  return write_file_atomic(config_file, *after);
}

}  // namespace tandem
