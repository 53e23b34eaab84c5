// SPDX-License-Identifier: Apache-2.0
// The text of LibTorch's exceptions: a traceback of TorchScript, the reason, and LibTorch's own stack.
#include "engines/libtorch/guard.h"

#include <algorithm>
#include <array>
#include <span>

namespace tandem::libtorch {
namespace {

constexpr std::size_t kMaxMessageBytes = 1000;

/// Where LibTorch's own stack, or its list of kernels, begins.
constexpr std::array<std::string_view, 4> kEnds = {
    "\nException raised from", "\nC++ CapturedTraceback:", "\nframe #0:", "\nundefined: registered at"};
/// Before the reason, when it was thrown below TorchScript.
constexpr std::array<std::string_view, 3> kReasonMarks = {"\nRuntimeError: ", "\ntorch.jit.Error: ", "Error: "};
constexpr std::array<std::string_view, 9> kWrongInput = {"must match", "size mismatch",      "mat1 and mat2",
                                                         "Expected ",  "expected ",          "shape '",
                                                         "but got",    "sizes do not match", "invalid for input"};

bool has_any(std::string_view text, std::span<const std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

/// What a network raised, or the kernel that it called, is the last thing of a TorchScript traceback.
std::string_view reason_of(std::string_view thrown) {
  for (const std::string_view end : kEnds) thrown = thrown.substr(0, thrown.find(end));
  if (thrown.find("Traceback of TorchScript") == std::string_view::npos) return thrown;
  for (const std::string_view mark : kReasonMarks) {
    const std::size_t at = thrown.rfind(mark);
    if (at != std::string_view::npos) return thrown.substr(at + mark.size());
  }
  return thrown;
}

}  // namespace

std::string plain_message(std::string_view thrown) {
  std::string message;
  for (const char c : reason_of(thrown)) {
    const bool is_space = c == '\n' || c == '\r' || c == '\t' || c == ' ';
    if (!is_space) {
      message += c;
    } else if (!message.empty() && message.back() != ' ') {
      message += ' ';
    }
  }
  while (!message.empty() && message.back() == ' ') message.pop_back();
  if (message.size() > kMaxMessageBytes) message = message.substr(0, kMaxMessageBytes) + " ...";
  return message.empty() ? "LibTorch gives no reason" : message;
}

Error to_error(std::string_view thrown) {
  std::string message = plain_message(thrown);
  Code code = Code::kInternal;
  if (message.find("can't allocate memory") != std::string::npos ||
      message.find("out of memory") != std::string::npos) {
    code = Code::kResourceExhausted;
  } else if (has_any(message, kWrongInput)) {
    code = Code::kInvalidArgument;
  }
  return {code, std::move(message)};
}

}  // namespace tandem::libtorch
