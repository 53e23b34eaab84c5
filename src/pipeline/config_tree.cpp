// SPDX-License-Identifier: Apache-2.0
// Builds ConfigNode from yaml-cpp's events, so that limits hold while the text is read and nothing is expanded.
#include "pipeline/config_tree.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <exception>
#include <istream>
#include <optional>
#include <streambuf>
#include <utility>

namespace tandem {
namespace {

constexpr std::size_t kMaxBytes = 256U << 10;
constexpr std::size_t kMaxDepth = 16;
constexpr std::size_t kMaxValues = 20000;

/// Thrown out of the parser and caught in this file: yaml-cpp has no other way to stop.
struct Refused {
  std::string message;
};

[[noreturn]] void refuse(const YAML::Mark& mark, std::string_view what) {
  throw Refused{fmt::format("config: line {}: {}", mark.line + 1, what)};
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add_leaf(mark, "", anchor, ConfigNode{}); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse(mark, "aliases (*name) are not allowed"); }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    ConfigNode node;
    node.kind = ConfigNode::Kind::kScalar;
    node.text = value;
    node.quoted = tag == "!";
    add_leaf(mark, tag, anchor, std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, ConfigNode::Kind::kSequence);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, ConfigNode::Kind::kMapping);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

  ConfigNode take() { return std::move(root_); }

 private:
  struct Level {
    ConfigNode node;
    YAML::Mark mark;
    std::optional<std::string> name;  // in a mapping: the key whose value comes next
  };

  void check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0) refuse(mark, "anchors (&name) are not allowed");
    if (!tag.empty() && tag != "?" && tag != "!") refuse(mark, "tags (!name) are not allowed");
    if (++values_ > kMaxValues) refuse(mark, fmt::format("more than {} values", kMaxValues));
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, ConfigNode::Kind kind) {
    check(mark, tag, anchor);
    if (levels_.size() >= kMaxDepth) refuse(mark, fmt::format("nested deeper than {} levels", kMaxDepth));
    ConfigNode node;
    node.kind = kind;
    levels_.push_back({std::move(node), mark, std::nullopt});
  }

  void close() {
    Level level = std::move(levels_.back());
    levels_.pop_back();
    add(level.mark, std::move(level.node));
  }

  void add_leaf(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, ConfigNode node) {
    check(mark, tag, anchor);
    add(mark, std::move(node));
  }

  void add(const YAML::Mark& mark, ConfigNode node) {
    if (levels_.empty()) {
      root_ = std::move(node);
      return;
    }
    Level& parent = levels_.back();
    if (parent.node.kind == ConfigNode::Kind::kSequence) {
      parent.node.items.push_back(std::move(node));
    } else if (parent.name) {
      parent.node.keys.push_back(*std::exchange(parent.name, std::nullopt));
      parent.node.items.push_back(std::move(node));
    } else if (node.kind != ConfigNode::Kind::kScalar) {
      refuse(mark, "expected a key, got " + describe(node));
    } else if (parent.node.find(node.text) != nullptr) {
      refuse(mark, fmt::format("the key '{}' stands twice", node.text));
    } else {
      parent.name = std::move(node.text);
    }
  }

  ConfigNode root_;
  std::vector<Level> levels_;
  std::size_t values_ = 0;
};

/// The text as a stream, without copying it.
class ViewBuffer final : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // streambuf wants it so; reading never writes
    setg(begin, begin, begin + text.size());
  }
};

ConfigNode build(std::string_view yaml) {
  ViewBuffer buffer(yaml);
  std::istream stream(&buffer);
  YAML::Parser parser(stream);
  TreeBuilder builder;
  if (!parser.HandleNextDocument(builder)) throw Refused{"config: the file is empty"};
  ConfigNode root = builder.take();
  TreeBuilder rest;
  if (parser.HandleNextDocument(rest)) throw Refused{"config: expected one YAML document, got several"};
  return root;
}

/// Text without control characters: yaml-cpp would take a NUL for the end.
Status check_text(std::string_view yaml) {
  if (yaml.size() > kMaxBytes) {
    return invalid_argument(fmt::format("config: expected at most {} bytes, got {}", kMaxBytes, yaml.size()));
  }
  const auto bad = std::find_if(yaml.begin(), yaml.end(), [](char c) {
    const auto code = static_cast<unsigned char>(c);
    return code < 32 && c != '\n' && c != '\r' && c != '\t';
  });
  if (bad == yaml.end()) return {};
  return invalid_argument(
      fmt::format("config: byte {} is a control character; expected YAML text", bad - yaml.begin()));
}

}  // namespace

const ConfigNode* ConfigNode::find(std::string_view name) const {
  const auto found = std::find(keys.begin(), keys.end(), name);
  return found == keys.end() ? nullptr : &items[static_cast<std::size_t>(found - keys.begin())];
}

std::string describe(const ConfigNode& node) {
  constexpr std::size_t kShown = 48;
  switch (node.kind) {
    case ConfigNode::Kind::kNull: return "nothing";
    case ConfigNode::Kind::kSequence: return "a list";
    case ConfigNode::Kind::kMapping: return "a mapping";
    case ConfigNode::Kind::kScalar: break;
  }
  return node.text.size() <= kShown ? "'" + node.text + "'" : "'" + node.text.substr(0, kShown) + "...'";
}

Result<ConfigNode> parse_config_tree(std::string_view yaml) {
  TRY(check_text(yaml));
  try {
    return build(yaml);
  } catch (const Refused& refused) {
    return invalid_argument(refused.message);
  } catch (const YAML::Exception& error) {
    return invalid_argument(fmt::format("config: line {}: {}", error.mark.line + 1, error.msg));
  } catch (const std::exception& error) {
    return invalid_argument(fmt::format("config: not YAML that can be read: {}", error.what()));
  }
}

}  // namespace tandem
