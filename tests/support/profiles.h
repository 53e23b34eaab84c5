// SPDX-License-Identifier: Apache-2.0
// Composes the profile of an engine by hand.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/profiler.h"

namespace tandem::profiles {

inline ProfiledValue value(std::string name, Shape shape, DType dtype = DType::kFloat32) {
  ProfiledValue made;
  made.name = std::move(name);
  made.dtype = dtype;
  made.shape = std::move(shape);
  return made;
}

inline ProfiledValue weight(std::string name, Shape shape, DType dtype = DType::kFloat32) {
  ProfiledValue made = value(std::move(name), std::move(shape), dtype);
  made.constant = true;
  return made;
}

inline ProfiledNode node(std::string op, std::vector<ProfiledValue> inputs, std::vector<ProfiledValue> outputs) {
  ProfiledNode made;
  made.name = op + "_node";
  made.op = std::move(op);
  made.kernel = "test";
  made.inputs = std::move(inputs);
  made.outputs = std::move(outputs);
  return made;
}

/// A node by the names of its values alone.
inline ProfiledNode named(std::string op, const std::vector<std::string>& inputs,
                          const std::vector<std::string>& outputs) {
  std::vector<ProfiledValue> in, out;
  for (const std::string& name : inputs) in.push_back(value(name, {1}));
  for (const std::string& name : outputs) out.push_back(value(name, {1}));
  return node(std::move(op), std::move(in), std::move(out));
}

inline NodeCall call(std::size_t run, int start_us, int duration_us, int inside_us = 0) {
  using std::chrono::microseconds;
  return {run, microseconds(start_us), microseconds(duration_us), microseconds(inside_us)};
}

/// Runs one behind the other.
inline std::vector<ProfiledRun> runs(const std::vector<int>& durations_us) {
  std::vector<ProfiledRun> made;
  std::chrono::nanoseconds start{0};
  for (const int duration : durations_us) {
    made.push_back({start, std::chrono::microseconds(duration)});
    start += made.back().duration;
  }
  return made;
}

}  // namespace tandem::profiles
