// SPDX-License-Identifier: Apache-2.0
// One pass over the characters; lines within brackets go on.
#include "convert/torchscript/lexer.h"

#include <fmt/format.h>

#include <array>
#include <optional>

namespace tandem::convert::torchscript {
namespace {

constexpr std::size_t kMostTokens = 16U << 20;
constexpr std::size_t kDeepestIndent = 100;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_part(char c) { return is_name_start(c) || is_digit(c); }

class Lexer final {
 public:
  explicit Lexer(std::string_view code) : code_(code) {}

  Result<std::vector<Token>> run() {
    while (at_ < code_.size()) {
      if (tokens_.size() > kMostTokens) return fail(Code::kResourceExhausted, "the code has too many tokens");
      if (line_start_ && brackets_ == 0) {
        TRY(indentation());
      } else {
        TRY(token());
      }
    }
    if (brackets_ != 0) return wrong("a bracket that is never closed");
    if (!line_start_) add(TokenKind::kLineEnd);
    for (; indents_.size() > 1; indents_.pop_back()) add(TokenKind::kDedent);
    add(TokenKind::kEnd);
    return std::move(tokens_);
  }

 private:
  tl::unexpected<Error> wrong(std::string_view what) const {
    return invalid_argument(fmt::format("line {}: {}", line_, what));
  }

  void add(TokenKind kind, std::string text = {}) { tokens_.push_back({kind, std::move(text), line_}); }

  char peek(std::size_t ahead = 0) const { return at_ + ahead < code_.size() ? code_[at_ + ahead] : '\0'; }

  /// At the start of a line: how far it is indented; empty lines and comments say nothing.
  Status indentation() {
    std::size_t width = 0;
    for (; peek() == ' '; ++at_) ++width;
    if (at_ == code_.size()) return {};
    if (peek() == '\n' || peek() == '\r' || peek() == '#') return skip_line();
    line_start_ = false;
    if (width > indents_.back()) {
      if (indents_.size() == kDeepestIndent) return wrong("the code is nested too deeply");
      indents_.push_back(width);
      add(TokenKind::kIndent);
    }
    for (; width < indents_.back(); indents_.pop_back()) add(TokenKind::kDedent);
    if (width != indents_.back()) return wrong("the indentation is that of no line before");
    return {};
  }

  Status skip_line() {
    while (at_ < code_.size() && code_[at_] != '\n') ++at_;
    if (at_ < code_.size()) ++at_;
    ++line_;
    return {};
  }

  Status token() {
    const char c = peek();
    if (c == '\n') return end_line();
    if (c == ' ' || c == '\t' || c == '\r') return ++at_, Status();
    if (c == '#') {
      while (at_ < code_.size() && code_[at_] != '\n') ++at_;
      return {};
    }
    if (is_name_start(c)) return name();
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    if (c == '"' || c == '\'') return string();
    return sign();
  }

  Status end_line() {
    if (brackets_ == 0) {
      add(TokenKind::kLineEnd);
      line_start_ = true;
    }
    ++at_;
    ++line_;
    return {};
  }

  Status name() {
    const std::size_t begin = at_;
    while (is_name_part(peek())) ++at_;
    add(TokenKind::kName, std::string(code_.substr(begin, at_ - begin)));
    return {};
  }

  Status number() {
    const std::size_t begin = at_;
    while (is_digit(peek()) || peek() == '.') ++at_;
    const bool has_exponent = (peek() == 'e' || peek() == 'E') &&
                              (is_digit(peek(1)) || ((peek(1) == '-' || peek(1) == '+') && is_digit(peek(2))));
    if (has_exponent) {
      at_ += 2;
      while (is_digit(peek())) ++at_;
    }
    if (is_name_part(peek())) return wrong("a number that ends in a letter");
    add(TokenKind::kNumber, std::string(code_.substr(begin, at_ - begin)));
    return {};
  }

  /// PyTorch escapes what is no printable ASCII as \n, \t, ..., or with three octal digits.
  std::optional<char> escaped() {
    constexpr std::string_view kLetters = "ntrabfv";
    constexpr std::string_view kMeanings = "\n\t\r\a\b\f\v";
    const char c = peek();
    ++at_;
    if (const auto found = kLetters.find(c); found != std::string_view::npos) return kMeanings[found];
    if (c == '\\' || c == '"' || c == '\'' || c == '?') return c;
    if (c < '0' || c > '7') return std::nullopt;
    int value = c - '0';
    for (int digit = 0; digit < 2 && peek() >= '0' && peek() <= '7'; ++digit, ++at_) value = value * 8 + peek() - '0';
    return static_cast<char>(value);
  }

  Status string() {
    const char quote = peek();
    ++at_;
    std::string text;
    while (peek() != quote) {
      if (at_ >= code_.size() || peek() == '\n') return wrong("a string that is never closed");
      const char c = peek();
      ++at_;
      if (c != '\\') {
        text += c;
        continue;
      }
      const auto meant = escaped();
      if (!meant) return wrong("an escape in a string that is not known");
      text += *meant;
    }
    ++at_;
    add(TokenKind::kString, std::move(text));
    return {};
  }

  Status sign() {
    constexpr std::string_view kSigns = "()[]{}:,.=-";
    const char c = peek();
    if (c == '-' && peek(1) == '>') {
      add(TokenKind::kSign, "->");
      at_ += 2;
      return {};
    }
    if (kSigns.find(c) == std::string_view::npos) return wrong(fmt::format("the character with code {}", int{c}));
    if (c == '(' || c == '[' || c == '{') ++brackets_;
    if (c == ')' || c == ']' || c == '}') {
      if (brackets_ == 0) return wrong("a bracket that was never opened");
      --brackets_;
    }
    add(TokenKind::kSign, std::string(1, c));
    ++at_;
    return {};
  }

  std::string_view code_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t brackets_ = 0;
  bool line_start_ = true;
  std::vector<std::size_t> indents_ = {0};
  std::vector<Token> tokens_;
};

}  // namespace

Result<std::vector<Token>> tokenize(std::string_view code) { return Lexer(code).run(); }

}  // namespace tandem::convert::torchscript
