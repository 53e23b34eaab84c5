// SPDX-License-Identifier: Apache-2.0
// Which view a live view has: a window, the terminal's screen, lines, or none.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "live/view.h"

namespace tandem::app {

/// name  "window", "terminal", "none", or "auto": none with `json`, a window where there is a display and this build
///       has windows, else the terminal. Without a terminal (a pipe, a file) "terminal" is one line a frame.
/// Errors: those of the window; unimplemented (a build without windows).
Result<std::unique_ptr<live::View>> open_view(const std::string& name, bool json, const std::string& title);

/// Whether somebody can press keys in the view that open_view() gives.
bool is_interactive(const std::string& name, bool json);

}  // namespace tandem::app
