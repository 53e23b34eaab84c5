// SPDX-License-Identifier: Apache-2.0
// Takes the events one by one out of the parser, so that a long report never stands in memory as a document.
#include "engines/onnxruntime/profile_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

namespace tandem::onnxruntime {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxEvents = 2'000'000;  // ONNX Runtime itself keeps a million
constexpr std::size_t kMaxNodes = 1'000'000;
constexpr std::size_t kMaxValues = 4096;  // inputs or outputs of a node
constexpr std::size_t kMaxRank = 64;
constexpr int kMaxDepth = 8;
constexpr std::uint64_t kMaxMicroseconds = std::uint64_t{1} << 50U;  // 35 years
constexpr std::string_view kNodeSuffix = "_kernel_time";

/// ONNX Runtime's names of element types (onnxruntime/core/framework/data_types.cc).
DType dtype_of_name(std::string_view name) {
  if (name == "float") return DType::kFloat32;
  if (name == "double") return DType::kFloat64;
  return parse_dtype(name).value_or(DType::kUndefined);
}

const std::string* text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? nullptr : found->get_ptr<const std::string*>();
}

std::optional<std::uint64_t> microseconds_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  const auto value = found->get<std::uint64_t>();
  return value <= kMaxMicroseconds ? std::optional(value) : std::nullopt;
}

std::uint64_t index_of(const Json& arguments) {
  const std::string* text = text_of(arguments, "node_index");
  std::uint64_t index = 0;
  if (text != nullptr) std::from_chars(text->data(), text->data() + text->size(), index);
  return index;
}

std::optional<Shape> shape_of(const Json& dims) {
  if (!dims.is_array() || dims.size() > kMaxRank) return std::nullopt;
  std::vector<std::int64_t> sizes;
  for (const Json& size : dims) {
    if (!size.is_number_unsigned() || size.get<std::uint64_t>() > std::uint64_t{1} << 60U) return std::nullopt;
    sizes.push_back(size.get<std::int64_t>());
  }
  return Shape(std::move(sizes));
}

/// [{"float": [1, 3, 224, 224]}, ...]
std::vector<ProfiledValue> values_of(const Json& arguments, const char* key) {
  std::vector<ProfiledValue> values;
  const auto found = arguments.find(key);
  if (found == arguments.end() || !found->is_array() || found->size() > kMaxValues) return values;
  for (const Json& item : *found) {
    ProfiledValue value;
    if (item.is_object() && item.size() == 1) {
      value.dtype = dtype_of_name(item.begin().key());
      value.shape = shape_of(item.begin().value());
    }
    values.push_back(std::move(value));
  }
  return values;
}

/// Collects what the parser hands over, and remembers what was wrong first.
class EventCollector final {
 public:
  void add(const Json& event) {
    if (problem_) return;
    const std::string* name = text_of(event, "name");
    const std::string* category = text_of(event, "cat");
    if (name == nullptr || category == nullptr) return refuse("has no name or no category");
    const bool is_node = *category == "Node" && name->ends_with(kNodeSuffix);
    if (!is_node && (*category != "Session" || *name != "model_run")) return;
    const auto start = microseconds_of(event, "ts");
    const auto duration = microseconds_of(event, "dur");
    if (!start || !duration) return refuse("has no times in whole microseconds");
    if (events_.events.size() >= kMaxEvents) return refuse("is one too many");
    const std::size_t node = is_node ? find_node(event, name->substr(0, name->size() - kNodeSuffix.size())) : kWholeRun;
    events_.events.push_back({node, *start, *duration});
  }

  const std::optional<std::string>& problem() const { return problem_; }

  ProfileEvents take() {
    std::ranges::stable_sort(events_.events, [this](const TimedEvent& one, const TimedEvent& other) {
      if (one.start_us != other.start_us) return one.start_us < other.start_us;
      const int one_rank = rank(one);
      const int other_rank = rank(other);
      if (one_rank != other_rank) return one_rank < other_rank;
      return one_rank == 1 && one.duration_us > other.duration_us;
    });
    return std::move(events_);
  }

 private:
  int rank(const TimedEvent& event) const {
    if (event.node == kWholeRun) return 0;
    return calls_nodes(events_.nodes[event.node].op) ? 1 : 2;
  }

  void refuse(std::string_view why) { problem_ = fmt::format("event {} {}", events_.events.size(), why); }

  std::size_t find_node(const Json& event, std::string name) {
    static const Json kNothing = Json::object();
    const auto found = event.find("args");
    const Json& arguments = found != event.end() && found->is_object() ? *found : kNothing;
    const std::string* op = text_of(arguments, "op_name");
    const std::uint64_t index = index_of(arguments);
    std::string key = fmt::format("{}\n{}\n{}", name, op != nullptr ? *op : "", index);
    const auto [place, is_new] = by_key_.try_emplace(std::move(key), events_.nodes.size());
    if (!is_new) return place->second;
    if (events_.nodes.size() >= kMaxNodes) {
      refuse("is of one node too many");
      return 0;
    }
    const std::string* provider = text_of(arguments, "provider");
    events_.nodes.push_back({std::move(name), op != nullptr ? *op : "", provider != nullptr ? *provider : "", index,
                             values_of(arguments, "input_type_shape"), values_of(arguments, "output_type_shape")});
    return place->second;
  }

  ProfileEvents events_;
  std::map<std::string, std::size_t, std::less<>> by_key_;
  std::optional<std::string> problem_;
};

}  // namespace

bool calls_nodes(std::string_view op) {
  constexpr std::array<std::string_view, 7> kCallers = {
      "If", "Loop", "Scan", "BeamSearch", "GreedySearch", "Sampling", "WhisperBeamSearch"};
  return std::ranges::find(kCallers, op) != kCallers.end();
}

Result<ProfileEvents> read_profile_events(std::string_view json) {
  EventCollector collector;
  bool is_array = false;
  // Depth 0 is the array, 1 an event. What is deeper than any event of ours is skipped, and events leave when read.
  const auto take = [&](int depth, Json::parse_event_t what, Json& parsed) {
    if (depth == 0 && what == Json::parse_event_t::array_start) is_array = true;
    if (depth == 1 && is_array && what == Json::parse_event_t::object_end) {
      collector.add(parsed);
      return false;
    }
    return depth <= kMaxDepth;
  };
  const Json rest = Json::parse(json.begin(), json.end(), take, false);
  if (rest.is_discarded() || !is_array) return invalid_argument("it is no JSON array of events");
  if (collector.problem()) return invalid_argument(*collector.problem());
  return collector.take();
}

}  // namespace tandem::onnxruntime
