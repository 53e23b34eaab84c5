// SPDX-License-Identifier: Apache-2.0
// The values become outputs for the time of the run; the first sample tells how large they are.
#include "optimize/calibrate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <span>

#include "graph/onnx_writer.h"

namespace tandem::optimize {
namespace {

using Group = std::vector<std::string>;

/// So many values are held together while nothing is known of their sizes.
constexpr std::size_t kProbedAtOnce = 8;

class Calibrator final {
 public:
  Calibrator(graph::Model& model, Engine& engine, const Samples& samples, const CalibrateOptions& options)
      : model_(model), engine_(engine), samples_(samples), options_(options) {}

  Result<Ranges> run(const std::vector<std::string>& values) {
    if (samples_.count == 0) return invalid_argument("calibration needs at least one sample, and there is none");
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    for (const std::string& value : values) ranges_[value] = {kInfinity, -kInfinity};
    TRY(probe(values));
    const std::vector<Group> groups = make_groups(values);
    for (std::size_t i = 0; i < groups.size(); ++i) {
      TRY(watch(groups[i], [&](double done) {
        if (options_.progress) options_.progress((static_cast<double>(i) + done) / static_cast<double>(groups.size()));
      }));
    }
    return check();
  }

 private:
  /// The model with the values as outputs behind its own.
  Result<std::unique_ptr<Session>> load_watched(const Group& values) {
    auto& outputs = model_.graph.outputs;
    const std::size_t own = outputs.size();
    for (const std::string& value : values) {
      const auto same = [&](const TensorSpec& output) { return output.name == value; };
      if (std::any_of(outputs.begin(), outputs.end(), same)) continue;
      TensorSpec spec{value, DType::kFloat32, {}, false};
      spec.shape.unknown_rank = true;
      outputs.push_back(std::move(spec));
    }
    auto session = load_model();
    outputs.resize(own);
    return session;
  }

  Result<std::unique_ptr<Session>> load_model() {
    const std::string bytes = TRY(encode_onnx(model_)).bytes();
    return engine_.load_bytes(std::as_bytes(std::span(bytes)), SessionOptions{});
  }

  Status run_sample(Session& session, std::size_t index) {
    const std::vector<Tensor> inputs = TRY(samples_.at(index));
    const std::vector<Tensor> outputs = TRY(session.run(inputs));
    for (std::size_t i = 0; i < outputs.size(); ++i) note(session.info().outputs[i].name, outputs[i]);
    for (std::size_t i = 0; i < inputs.size(); ++i) note(session.info().inputs[i].name, inputs[i]);
    return {};
  }

  void note(const std::string& value, const Tensor& tensor) {
    const auto found = ranges_.find(value);
    if (found == ranges_.end() || tensor.dtype() != DType::kFloat32) return;
    bytes_[value] = std::max<std::uint64_t>(bytes_[value], tensor.byte_size());
    for (const float number : tensor.values<float>()) {
      if (!std::isfinite(number)) continue;
      found->second.min = std::min(found->second.min, number);
      found->second.max = std::max(found->second.max, number);
    }
  }

  /// The model's inputs are seen in every run; an engine would not give them as outputs.
  Group without_inputs(const Group& values) const {
    Group rest = values;
    std::erase_if(rest, [&](const std::string& value) {
      const auto& inputs = model_.graph.inputs;
      return std::any_of(inputs.begin(), inputs.end(), [&](const TensorSpec& input) { return input.name == value; });
    });
    return rest;
  }

  /// Sizes, from the first sample.
  Status probe(const std::vector<std::string>& values) {
    const Group rest = without_inputs(values);
    for (std::size_t begin = 0; begin == 0 || begin < rest.size(); begin += kProbedAtOnce) {
      const std::size_t end = std::min(begin + kProbedAtOnce, rest.size());
      const auto session = TRY(load_watched(
          Group(rest.begin() + static_cast<std::ptrdiff_t>(begin), rest.begin() + static_cast<std::ptrdiff_t>(end))));
      TRY(run_sample(*session, 0));
    }
    return {};
  }

  std::vector<Group> make_groups(const std::vector<std::string>& values) const {
    std::vector<Group> groups(1);
    std::uint64_t held = 0;
    for (const std::string& value : without_inputs(values)) {
      const auto found = bytes_.find(value);
      const std::uint64_t bytes = found == bytes_.end() ? 0 : found->second;
      if (!groups.back().empty() && held + bytes > options_.group_bytes) {
        groups.emplace_back();
        held = 0;
      }
      groups.back().push_back(value);
      held += bytes;
    }
    return groups;
  }

  Status watch(const Group& group, const std::function<void(double)>& progress) {
    const auto session = TRY(load_watched(group));
    for (std::size_t i = 0; i < samples_.count; ++i) {
      TRY(run_sample(*session, i));
      progress(static_cast<double>(i + 1) / static_cast<double>(samples_.count));
    }
    return {};
  }

  Result<Ranges> check() {
    for (const auto& [value, range] : ranges_) {
      if (range.min <= range.max) continue;
      return invalid_argument(fmt::format("'{}' takes no finite number on {} samples", value, samples_.count));
    }
    return std::move(ranges_);
  }

  graph::Model& model_;
  Engine& engine_;
  const Samples& samples_;
  const CalibrateOptions& options_;
  Ranges ranges_;
  std::map<std::string, std::uint64_t> bytes_;  // of a value, for one sample
};

}  // namespace

Result<Ranges> calibrate(graph::Model& model, const std::vector<std::string>& values, Engine& engine,
                         const Samples& samples, const CalibrateOptions& options) {
  return Calibrator(model, engine, samples, options).run(values);
}

}  // namespace tandem::optimize
