// SPDX-License-Identifier: Apache-2.0
// What joins branches and changes the order of axes.
#include "convert/layers/join.h"

#include <fmt/format.h>

namespace tandem::convert {

Result<Feature> add(Build build, const Feature& left, const Feature& right, const std::string& path) {
  if (left.channels == right.channels && left.height == right.height && left.width == right.width) {
    return left.with(build.graph.add("Add", {left.value, right.value}, path));
  }
  return invalid_argument(fmt::format("'{}' adds {} channels of {} x {} to {} of {} x {}", path, left.channels,
                                      left.height, left.width, right.channels, right.height, right.width));
}

Result<Feature> concat(Build build, std::span<const Feature> inputs, const std::string& path) {
  if (inputs.empty()) return invalid_argument(fmt::format("'{}' joins nothing", path));
  Feature output{"", 0, inputs.front().height, inputs.front().width};
  std::vector<std::string> values;
  for (const Feature& input : inputs) {
    if (input.height != output.height || input.width != output.width) {
      return invalid_argument(
          fmt::format("'{}' joins {} x {} with {} x {}", path, output.height, output.width, input.height, input.width));
    }
    output.channels += input.channels;
    values.push_back(input.value);
  }
  if (inputs.size() == 1) return inputs.front();
  output.value = build.graph.add("Concat", std::move(values), path, attributes("axis", std::int64_t{1}));
  return output;
}

Feature slice_channels(Build build, const Feature& input, ChannelRange range, const std::string& path) {
  GraphBuilder& graph = build.graph;
  const std::string begin = graph.integers(path + ".begin", {range.begin});
  const std::string end = graph.integers(path + ".end", {range.begin + range.count});
  const std::string axis = graph.integers(path + ".axis", {1});
  return {graph.add("Slice", {input.value, begin, end, axis}, path), range.count, input.height, input.width};
}

std::string transpose(Build build, const std::string& input, std::vector<std::int64_t> order, const std::string& path) {
  return build.graph.add("Transpose", {input}, path, attributes("perm", std::move(order)));
}

std::string reshape(Build build, const std::string& input, std::vector<std::int64_t> sizes, const std::string& path) {
  return build.graph.add("Reshape", {input, build.graph.integers(path + ".shape", std::move(sizes))}, path);
}

std::string flatten(Build build, const Feature& input, const std::string& path) {
  return build.graph.add("Flatten", {input.value}, path, attributes("axis", std::int64_t{1}));
}

std::string as_tokens(Build build, const Feature& input, const std::string& path) {
  const std::string columns =
      reshape(build, input.value, {0, input.channels, input.height * input.width}, path + ".columns");
  return transpose(build, columns, {0, 2, 1}, path);
}

Feature as_image(Build build, const std::string& tokens, const Feature& size, const std::string& path) {
  const std::string columns = transpose(build, tokens, {0, 2, 1}, path + ".columns");
  return size.with(reshape(build, columns, {0, size.channels, size.height, size.width}, path));
}

}  // namespace tandem::convert
