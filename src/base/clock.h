// SPDX-License-Identifier: Apache-2.0
// Clock: where every class that decides by time gets it from, so that tests can turn the hands.
#pragma once

#include <chrono>
#include <string>

namespace tandem {

using SteadyTime = std::chrono::steady_clock::time_point;
using SystemTime = std::chrono::system_clock::time_point;

/// A source of time. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  /// For durations and deadlines; never goes back.
  virtual SteadyTime now() const = 0;
  /// For people and files.
  virtual SystemTime wall() const = 0;
};

/// The machine's clock; lives for the whole process.
const Clock& system_clock();

/// "2026-11-21T07:15:00.123Z" (ISO 8601, UTC, milliseconds).
std::string iso8601(SystemTime time);

}  // namespace tandem
