// SPDX-License-Identifier: Apache-2.0
// Both texts are for people; what does not look as expected gives nothing.
#include "convert/exported/node_place.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem::convert::exported {
namespace {

/// The longest path or source that is kept.
constexpr std::size_t kLongest = 200;

struct Frame {
  std::string_view path;
  std::string_view type;
};

/// "key,path,type", of which the path may hold no comma.
Frame parse_frame(std::string_view text) {
  const auto first = text.find(',');
  const auto second = first == std::string_view::npos ? first : text.find(',', first + 1);
  if (second == std::string_view::npos) return {};
  return {text.substr(first + 1, second - first - 1), text.substr(second + 1)};
}

bool is_of_torch(std::string_view file) {
  return file.find("/torch/") != std::string_view::npos || file.starts_with("torch/");
}

/// `File "net/resnet.py", line 7, in forward` -> "resnet.py:7, in forward"
std::string short_frame(std::string_view line) {
  const auto open = line.find('"');
  const auto close = line.find('"', open + 1);
  const auto number = line.find("line ", close);
  std::string_view file = line.substr(open + 1, close - open - 1);
  file = file.substr(file.find_last_of('/') + 1);
  return fmt::format("{}:{}", file, number == std::string_view::npos ? "" : line.substr(number + 5))
      .substr(0, kLongest);
}

/// The innermost line that is not PyTorch's own; else the innermost one.
std::string source_of(std::string_view trace) {
  std::string_view innermost;
  std::string_view own;
  while (!trace.empty()) {
    const auto end = trace.find('\n');
    std::string_view line = trace.substr(0, end);
    trace = end == std::string_view::npos ? std::string_view() : trace.substr(end + 1);
    while (line.starts_with(' ')) line.remove_prefix(1);
    if (!line.starts_with("File \"") || line.find('"', 6) == std::string_view::npos) continue;
    innermost = line;
    if (!is_of_torch(line.substr(6, line.find('"', 6) - 6))) own = line;
  }
  if (innermost.empty()) return {};
  return short_frame(own.empty() ? innermost : own);
}

}  // namespace

aten::Place place_of(std::string_view nn_module_stack, std::string_view stack_trace) {
  aten::Place place;
  const auto last = nn_module_stack.rfind(';');
  const Frame frame = parse_frame(last == std::string_view::npos ? nn_module_stack : nn_module_stack.substr(last + 1));
  if (!frame.path.starts_with("_empty_nn_module_stack")) place.module = frame.path.substr(0, kLongest);
  place.source = source_of(stack_trace);
  return place;
}

std::string network_class(std::string_view nn_module_stack) {
  const Frame frame = parse_frame(nn_module_stack.substr(0, nn_module_stack.find(';')));
  if (!frame.path.empty()) return {};
  const std::string_view name = frame.type.substr(frame.type.find_last_of('.') + 1);
  // It stands in files and on terminals: a class's name, or nothing.
  const auto is_part = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return name.size() <= kLongest && std::ranges::all_of(name, is_part) ? std::string(name) : std::string();
}

}  // namespace tandem::convert::exported
