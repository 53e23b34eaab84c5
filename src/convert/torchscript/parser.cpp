// SPDX-License-Identifier: Apache-2.0
// Recursive descent over the tokens; one function a rule of the grammar.
#include "convert/torchscript/parser.h"

#include <fmt/format.h>

#include <charconv>

#include "convert/torchscript/lexer.h"

namespace tandem::convert::torchscript {
namespace {

constexpr int kDeepestBlocks = 200;

using Kind = ExpressionKind;

class Parser final {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Result<Source> source() {
    Source source;
    while (token().kind != TokenKind::kEnd) {
      if (is_name("class")) {
        source.classes.push_back(TRY(class_definition()));
      } else if (is_name("def")) {
        source.functions.push_back(TRY(function()));
      } else {
        TRY(skip_import());
      }
    }
    return source;
  }

 private:
  // --- tokens --------------------------------------------------------------------------------------------------
  const Token& token() const { return tokens_[at_]; }
  void next() {
    if (at_ + 1 < tokens_.size()) ++at_;
  }
  bool is_sign(std::string_view text) const { return token().kind == TokenKind::kSign && token().text == text; }
  bool is_name(std::string_view text) const { return token().kind == TokenKind::kName && token().text == text; }
  bool accept(std::string_view sign) {
    if (!is_sign(sign)) return false;
    next();
    return true;
  }
  bool accept_name(std::string_view name) {
    if (!is_name(name)) return false;
    next();
    return true;
  }

  tl::unexpected<Error> expected(std::string_view what) const {
    const bool is_text = token().kind == TokenKind::kName || token().kind == TokenKind::kNumber ||
                         token().kind == TokenKind::kSign || token().kind == TokenKind::kString;
    const std::string found = is_text ? fmt::format("'{}'", token().text) : "the end of a line or block";
    return invalid_argument(fmt::format("line {}: expected {}, found {}", token().line, what, found));
  }
  Status expect(std::string_view sign) {
    if (accept(sign)) return {};
    return expected(fmt::format("'{}'", sign));
  }
  Status expect(TokenKind kind, std::string_view what) {
    if (token().kind != kind) return expected(what);
    next();
    return {};
  }
  Result<std::string> name() {
    if (token().kind != TokenKind::kName) return expected("a name");
    std::string text = token().text;
    next();
    return text;
  }

  Expression made(Kind kind) const {
    Expression expression;
    expression.kind = kind;
    expression.line = token().line;
    return expression;
  }

  // --- definitions ---------------------------------------------------------------------------------------------
  /// "import __torch__" and "op_version_set = 1" of files before PyTorch 1.4 say nothing.
  Status skip_import() {
    if (!is_name("import") && !is_name("op_version_set")) return expected("a class or a function");
    while (token().kind != TokenKind::kLineEnd && token().kind != TokenKind::kEnd) next();
    next();
    return {};
  }

  Result<Class> class_definition() {
    next();
    Class made;
    made.name = TRY(name());
    if (accept("(")) {
      if (!is_sign(")")) made.base = TRY(name());
      TRY(expect(")"));
    }
    TRY(expect(":"));
    TRY(expect(TokenKind::kLineEnd, "a line's end"));
    if (token().kind != TokenKind::kIndent) return made;
    next();
    while (token().kind != TokenKind::kDedent && token().kind != TokenKind::kEnd) {
      if (is_name("def")) {
        made.methods.push_back(TRY(function()));
      } else {
        TRY(field(made));
      }
    }
    if (token().kind == TokenKind::kDedent) next();
    return made;
  }

  /// `x : int`, `x : Final[int] = 3`, `__annotations__["0"] = T`, `__parameters__ = [...]`, `pass`
  Status field(Class& owner) {
    if (accept_name("pass")) return expect(TokenKind::kLineEnd, "a line's end");
    const Expression target = TRY(expression());
    ClassField made{target.text, std::nullopt};
    if (accept(":")) TRY(expression());
    if (accept("=")) made.value = TRY(expressions());
    TRY(expect(TokenKind::kLineEnd, "a line's end"));
    if (target.kind == Kind::kName) owner.fields.push_back(std::move(made));
    return {};
  }

  Result<Function> function() {
    Function made;
    made.line = token().line;
    next();
    made.name = TRY(name());
    TRY(expect("("));
    while (!is_sign(")")) {
      FunctionParameter parameter;
      parameter.name = TRY(name());
      if (accept(":")) parameter.type = TRY(expression());
      if (accept("=")) parameter.otherwise = TRY(expression());
      made.parameters.push_back(std::move(parameter));
      if (!accept(",")) break;
    }
    TRY(expect(")"));
    if (accept("->")) TRY(expression());
    made.body = TRY(block());
    return made;
  }

  // --- statements ----------------------------------------------------------------------------------------------
  Result<std::vector<Statement>> block() {
    if (++depth_ > kDeepestBlocks) return expected("less deeply nested code");
    TRY(expect(":"));
    TRY(expect(TokenKind::kLineEnd, "a line's end"));
    TRY(expect(TokenKind::kIndent, "an indented block"));
    std::vector<Statement> statements;
    while (token().kind != TokenKind::kDedent && token().kind != TokenKind::kEnd) {
      statements.push_back(TRY(statement()));
    }
    if (token().kind == TokenKind::kDedent) next();
    --depth_;
    return statements;
  }

  Result<Statement> statement() {
    Statement made;
    made.line = token().line;
    if (accept_name("if")) return conditional(std::move(made));
    if (accept_name("for")) return loop(std::move(made));
    if (accept_name("while")) {
      made.kind = StatementKind::kWhile;
      made.value = TRY(expression());
      made.body = TRY(block());
      return made;
    }
    TRY(simple(made));
    TRY(expect(TokenKind::kLineEnd, "a line's end"));
    return made;
  }

  Status simple(Statement& made) {
    if (accept_name("pass")) return {};
    if (accept_name("return")) {
      made.kind = StatementKind::kReturn;
      if (token().kind != TokenKind::kLineEnd) made.value = TRY(expressions());
      return {};
    }
    made.kind = StatementKind::kExpression;
    made.value = TRY(expressions());
    if (accept(":")) TRY(expression());  // the target's type
    if (!accept("=")) return {};
    made.kind = StatementKind::kAssign;
    made.target = std::move(made.value);
    made.value = TRY(expressions());
    return {};
  }

  Result<Statement> conditional(Statement made) {
    made.kind = StatementKind::kIf;
    made.value = TRY(expression());
    made.body = TRY(block());
    if (accept_name("else")) made.otherwise = TRY(block());
    return made;
  }

  Result<Statement> loop(Statement made) {
    made.kind = StatementKind::kFor;
    made.target = TRY(expressions());
    if (!accept_name("in")) return expected("'in'");
    made.value = TRY(expression());
    made.body = TRY(block());
    return made;
  }

  // --- expressions ---------------------------------------------------------------------------------------------
  /// One, or a tuple without brackets: "a, b,"
  Result<Expression> expressions() {
    Expression first = TRY(expression());
    if (!is_sign(",")) return first;
    Expression tuple = made(Kind::kTuple);
    tuple.items.push_back(std::move(first));
    while (accept(",")) {
      if (token().kind == TokenKind::kLineEnd || is_sign("=") || is_name("in")) break;
      tuple.items.push_back(TRY(expression()));
    }
    return tuple;
  }

  Result<Expression> expression() {
    if (++depth_ > kDeepestBlocks) return expected("less deeply nested code");
    Expression value = TRY(disjunction());
    if (accept_name("if")) {
      Expression choice = made(Kind::kConditional);
      choice.items.push_back(TRY(disjunction()));
      choice.items.push_back(std::move(value));
      if (!accept_name("else")) return expected("'else'");
      choice.items.push_back(TRY(expression()));
      value = std::move(choice);
    }
    --depth_;
    return value;
  }

  Result<Expression> disjunction() {
    Expression left = TRY(conjunction());
    while (accept_name("or")) {
      Expression both = made(Kind::kOr);
      both.items.push_back(std::move(left));
      both.items.push_back(TRY(conjunction()));
      left = std::move(both);
    }
    return left;
  }

  Result<Expression> conjunction() {
    Expression left = TRY(unary());
    while (accept_name("and")) {
      Expression both = made(Kind::kAnd);
      both.items.push_back(std::move(left));
      both.items.push_back(TRY(unary()));
      left = std::move(both);
    }
    return left;
  }

  Result<Expression> unary() {
    const bool negative = is_sign("-");
    if (!negative && !is_name("not")) return postfix();
    Expression value = made(negative ? Kind::kNegative : Kind::kNot);
    next();
    if (++depth_ > kDeepestBlocks) return expected("less deeply nested code");
    value.items.push_back(TRY(unary()));
    --depth_;
    return value;
  }

  Result<Expression> postfix() {
    Expression value = TRY(atom());
    for (int links = 0; is_sign(".") || is_sign("(") || is_sign("["); ++links) {
      if (links > kDeepestBlocks) return expected("a shorter chain of calls");
      if (accept(".")) {
        Expression attribute = made(Kind::kAttribute);
        attribute.text = TRY(name());
        attribute.items.push_back(std::move(value));
        value = std::move(attribute);
      } else if (accept("(")) {
        value = TRY(call(std::move(value)));
      } else {
        next();
        Expression subscript = made(Kind::kSubscript);
        subscript.items.push_back(std::move(value));
        subscript.items.push_back(TRY(sequence(Kind::kTuple, "]")));
        if (subscript.items[1].items.size() == 1) {
          Expression only = std::move(subscript.items[1].items.front());
          subscript.items[1] = std::move(only);
        }
        value = std::move(subscript);
      }
    }
    return value;
  }

  /// After the opening bracket.
  Result<Expression> call(Expression callee) {
    Expression value = made(Kind::kCall);
    value.items.push_back(std::move(callee));
    while (!is_sign(")")) {
      const bool named =
          token().kind == TokenKind::kName && tokens_[at_ + 1].kind == TokenKind::kSign && tokens_[at_ + 1].text == "=";
      if (!named && !value.keywords.empty()) return expected("an argument with a name");
      if (named) {
        value.keywords.push_back(token().text);
        next();
        next();
      }
      value.items.push_back(TRY(expression()));
      if (!accept(",")) break;
    }
    TRY(expect(")"));
    return value;
  }

  /// After the opening bracket: items up to the closing one.
  Result<Expression> sequence(Kind kind, std::string_view close) {
    Expression value = made(kind);
    while (!is_sign(close)) {
      value.items.push_back(TRY(expression()));
      if (kind == Kind::kDict) {
        TRY(expect(":"));
        value.items.push_back(TRY(expression()));
      }
      if (!accept(",")) break;
    }
    TRY(expect(close));
    return value;
  }

  /// "(a)" is a; "(a,)", "(a, b)" and "()" are tuples.
  Result<Expression> bracketed() {
    const std::size_t begin = at_;
    Expression value = TRY(sequence(Kind::kTuple, ")"));
    const Token& before_close = tokens_[at_ - 2];
    const bool comma = at_ >= begin + 2 && before_close.kind == TokenKind::kSign && before_close.text == ",";
    if (value.items.size() != 1 || comma) return value;
    Expression only = std::move(value.items.front());
    return only;
  }

  Result<Expression> atom() {
    if (accept("(")) return bracketed();
    if (accept("[")) return sequence(Kind::kList, "]");
    if (accept("{")) return sequence(Kind::kDict, "}");
    if (token().kind == TokenKind::kNumber) return number();
    if (token().kind != TokenKind::kString && token().kind != TokenKind::kName) return expected("a value");
    Expression value = made(token().kind == TokenKind::kString ? Kind::kString : Kind::kName);
    value.text = token().text;
    if (value.kind == Kind::kName) {
      if (value.text == "True") value.kind = Kind::kTrue;
      if (value.text == "False") value.kind = Kind::kFalse;
      if (value.text == "None") value.kind = Kind::kNone;
    }
    next();
    return value;
  }

  Result<Expression> number() {
    const std::string& text = token().text;
    const char* const end = text.data() + text.size();
    const bool whole = text.find_first_of(".eE") == std::string::npos;
    Expression value = made(whole ? Kind::kInteger : Kind::kReal);
    const auto read =
        whole ? std::from_chars(text.data(), end, value.integer) : std::from_chars(text.data(), end, value.real);
    if (read.ptr != end || read.ec != std::errc()) {
      // The smallest int64 has no positive counterpart, and its minus sign stands before the number.
      if (!whole || text != "9223372036854775808") return expected("a number");
      value.integer = INT64_MIN;
    }
    next();
    return value;
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

Result<Source> parse_source(std::string_view code) { return Parser(TRY(tokenize(code))).source(); }

}  // namespace tandem::convert::torchscript
