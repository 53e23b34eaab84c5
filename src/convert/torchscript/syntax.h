// SPDX-License-Identifier: Apache-2.0
// The syntax of the code in TorchScript files, a small part of Python's, as a tree.
//
// Source: docs/convert/torchscript.md; PyTorch's torch/csrc/jit/serialization/python_print.cpp writes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::convert::torchscript {

enum class ExpressionKind : std::uint8_t {
  kName,     // text
  kInteger,  // integer
  kReal,     // real
  kString,   // text
  kTrue,
  kFalse,
  kNone,
  kAttribute,  // items[0].text
  kCall,       // items[0](the others); the last ones are those of `keywords`
  kSubscript,  // items[0][items[1]]
  kList,
  kTuple,
  kDict,      // items: key, value, key, value ...
  kNegative,  // -items[0]
  kNot,
  kAnd,
  kOr,
  kConditional,  // items[1] if items[0] else items[2]
};

struct Expression {
  ExpressionKind kind = ExpressionKind::kNone;
  std::string text;
  std::int64_t integer = 0;
  double real = 0;
  std::vector<Expression> items;
  std::vector<std::string> keywords;
  std::size_t line = 0;

  /// "ops.prim.NumToTensor" of names and attributes; "" for everything else.
  std::string dotted() const;
};

enum class StatementKind : std::uint8_t {
  kAssign,      // targets = value; a tuple of targets takes a sequence apart
  kExpression,  // value
  kIf,          // value, body, otherwise
  kFor,         // targets in value: body
  kWhile,       // value, body
  kReturn,      // value
  kPass,
};

struct Statement {
  StatementKind kind = StatementKind::kPass;
  Expression target;
  Expression value;
  std::vector<Statement> body;
  std::vector<Statement> otherwise;
  std::size_t line = 0;
};

struct FunctionParameter {
  std::string name;
  Expression type;
  std::optional<Expression> otherwise;  // the default
};

struct Function {
  std::string name;
  std::vector<FunctionParameter> parameters;  // with self
  std::vector<Statement> body;
  std::size_t line = 0;
};

/// What stands in a class beside its methods: "in_channels : Final[int] = 3".
struct ClassField {
  std::string name;
  std::optional<Expression> value;
};

struct Class {
  std::string name;
  std::string base;  // "Module", "NamedTuple", ""
  std::vector<ClassField> fields;
  std::vector<Function> methods;

  /// Null when there is none.
  const Function* method(std::string_view wanted) const;
  const ClassField* field(std::string_view wanted) const;
};

/// One file of code.
struct Source {
  std::vector<Class> classes;
  std::vector<Function> functions;
};

}  // namespace tandem::convert::torchscript
