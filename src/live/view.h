// SPDX-License-Identifier: Apache-2.0
// View: where a live view is seen: a terminal, a window.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "vision/image.h"

namespace tandem::live {

/// What is shown at once. The lines may hold any bytes; a view shows control characters as '?'.
struct Screen {
  const Image* picture = nullptr;  // borrowed until show() returns
  std::string headline;            // what the model says
  std::vector<std::string> lines;  // model, numbers, keys
  std::string message;             // of the moment; may be empty
  std::int64_t frame = 0;
  std::chrono::nanoseconds time{0};                 // of the frame
  std::optional<std::chrono::nanoseconds> latency;  // nothing when the model did not run on it
};

/// For the main thread: windows ask for that.
class View {
 public:
  virtual ~View() = default;

  /// Errors: of the terminal or the window system.
  virtual Status show(const Screen& screen) = 0;

  /// A key that was pressed, if any; 'q' also when the window was closed. Never waits longer than a moment; windows
  /// live by being asked.
  virtual std::optional<int> key() = 0;
};

/// The text with control characters, which would be orders to a terminal, as '?'.
std::string printable(std::string text);

}  // namespace tandem::live
