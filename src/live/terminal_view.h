// SPDX-License-Identifier: Apache-2.0
// TerminalView: the picture in half blocks and the text below it, on a terminal's alternate screen.
#pragma once

#include <termios.h>

#include <memory>

#include "live/half_blocks.h"
#include "live/view.h"

namespace tandem::live {

/// Takes the terminal over for as long as it lives; the destructor gives it back as it was.
class TerminalView final : public View {
 public:
  /// input, output  descriptors of a terminal, borrowed
  /// Errors: failed_precondition (no terminal).
  static Result<std::unique_ptr<View>> open(int input, int output, TerminalColors colors);

  TerminalView(const TerminalView&) = delete;
  TerminalView& operator=(const TerminalView&) = delete;
  ~TerminalView() override;

  Status show(const Screen& screen) override;
  std::optional<int> key() override;

 private:
  TerminalView(int input, int output, TerminalColors colors, const termios& before);

  int input_;
  int output_;
  TerminalColors colors_;
  termios before_;
};

/// By the environment variable COLORTERM; nullptr: it is not set.
TerminalColors terminal_colors(const char* colorterm);

}  // namespace tandem::live
