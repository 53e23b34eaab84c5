// SPDX-License-Identifier: Apache-2.0
// One function a kind of argument, found by its key.
#include "convert/exported/argument_reader.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "convert/exported/graph_reader.h"
#include "convert/exported/tensor_meta.h"

namespace tandem::convert::exported {
namespace {

using aten::Argument;
using Read = Result<Argument> (*)(const JsonElement&);

tl::unexpected<Error> not_a(std::string_view what) {
  return invalid_argument(fmt::format("an argument is no {}", what));
}

/// Sizes, axes and counts: far below where sums and products overflow; the ends of int64 stand for "all".
Result<std::int64_t> bounded(const JsonElement& value) {
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  std::int64_t integer = 0;
  if (value.get_int64().get(integer) != simdjson::SUCCESS) return not_a("integer");
  const bool all =
      integer == std::numeric_limits<std::int64_t>::max() || integer == std::numeric_limits<std::int64_t>::min();
  if (all || (integer <= kMost && integer >= -kMost)) return integer;
  return invalid_argument(fmt::format("the integer {} is out of range", integer));
}

/// Numbers that JSON has none for are strings.
Result<double> real(const JsonElement& value) {
  double number = 0;
  if (value.get_double().get(number) == simdjson::SUCCESS) return number;
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return not_a("number");
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  if (text == "NaN") return std::nan("");
  return not_a("number");
}

Result<bool> boolean(const JsonElement& value) {
  bool flag = false;
  if (value.get_bool().get(flag) == simdjson::SUCCESS) return flag;
  return not_a("boolean");
}

Result<Argument> read_none(const JsonElement&) { return Argument(); }

Result<Argument> read_tensor(const JsonElement& value) {
  std::string name = TRY(text_field(value, "name"));
  return Argument(aten::TensorRef{std::move(name)});
}

/// [{"name": ...}] or, for lists of optional tensors, [{"as_tensor": {"name": ...}}, {"as_none": true}].
Result<Argument> read_tensors(const JsonElement& value) {
  std::vector<aten::TensorRef> references;
  TRY(for_each(value, [&](const JsonElement& item) -> Status {
    const bool wrapped = has(item, "as_tensor");
    if (wrapped || has(item, "name")) {
      std::string name = TRY(text_field(wrapped ? TRY(field(item, "as_tensor")) : item, "name"));
      references.push_back({std::move(name)});
      return {};
    }
    if (!item.is_object() || item.at_key("as_none").error() != simdjson::SUCCESS) return not_a("list of tensors");
    references.emplace_back();
    return {};
  }));
  return Argument(std::move(references));
}

Result<Argument> read_optional_tensor(const JsonElement& value) {
  if (!has(value, "as_tensor")) return Argument();
  return read_tensor(TRY(field(value, "as_tensor")));
}

Result<Argument> read_int(const JsonElement& value) { return Argument(TRY(bounded(value))); }

Result<Argument> read_ints(const JsonElement& value) {
  std::vector<aten::IntegerItem> items;
  TRY(for_each(value, [&](const JsonElement& item) -> Status {
    items.emplace_back(TRY(bounded(item)));
    return {};
  }));
  return Argument(std::move(items));
}

Result<Argument> read_float(const JsonElement& value) { return Argument(TRY(real(value))); }

Result<Argument> read_floats(const JsonElement& value) {
  std::vector<double> numbers;
  TRY(for_each(value, [&](const JsonElement& item) -> Status {
    numbers.push_back(TRY(real(item)));
    return {};
  }));
  return Argument(std::move(numbers));
}

Result<Argument> read_bool(const JsonElement& value) { return Argument(TRY(boolean(value))); }

Result<Argument> read_bools(const JsonElement& value) {
  std::vector<bool> flags;
  TRY(for_each(value, [&](const JsonElement& item) -> Status {
    flags.push_back(TRY(boolean(item)));
    return {};
  }));
  return Argument(std::move(flags));
}

Result<Argument> read_string(const JsonElement& value) {
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return not_a("string");
  return Argument(std::string(text));
}

/// {"as_name": ...} or {"as_int": ...}
Result<Argument> read_symbol(const JsonElement& value) {
  if (has(value, "as_name")) {
    std::string name = TRY(text_field(value, "as_name"));
    return Argument(aten::NumberRef{std::move(name)});
  }
  if (has(value, "as_int")) return read_int(TRY(field(value, "as_int")));
  if (has(value, "as_float")) return read_float(TRY(field(value, "as_float")));
  if (has(value, "as_bool")) return read_bool(TRY(field(value, "as_bool")));
  return not_a("symbolic number");
}

Result<Argument> read_symbols(const JsonElement& value) {
  std::vector<aten::IntegerItem> items;
  TRY(for_each(value, [&](const JsonElement& item) -> Status {
    const Argument read = TRY(read_symbol(item));
    if (const auto* integer = std::get_if<std::int64_t>(&read)) return items.emplace_back(*integer), Status();
    if (const auto* reference = std::get_if<aten::NumberRef>(&read)) return items.emplace_back(*reference), Status();
    return not_a("list of symbolic integers");
  }));
  return Argument(std::move(items));
}

Result<Argument> read_dtype(const JsonElement& value) {
  const DType dtype = dtype_of_number(TRY(bounded(value)));
  if (dtype != DType::kUndefined) return Argument(dtype);
  return fail(Code::kUnimplemented, "an argument names an element type that is not supported");
}

/// {"name": ..., "graph": ...}
Result<Argument> read_program_argument(const JsonElement& value) { return Argument(TRY(read_inner_program(value))); }

struct ArgumentKind {
  std::string_view key;
  Read read;
};

constexpr ArgumentKind kKinds[] = {
    {"as_bool", read_bool},
    {"as_bools", read_bools},
    {"as_device", read_none},
    {"as_float", read_float},
    {"as_floats", read_floats},
    {"as_graph", read_program_argument},
    {"as_int", read_int},
    {"as_ints", read_ints},
    {"as_layout", read_none},
    {"as_memory_format", read_none},
    {"as_none", read_none},
    {"as_optional_tensor", read_optional_tensor},
    {"as_optional_tensors", read_tensors},
    {"as_scalar_type", read_dtype},
    {"as_string", read_string},
    {"as_sym_bool", read_symbol},
    {"as_sym_float", read_symbol},
    {"as_sym_int", read_symbol},
    {"as_sym_ints", read_symbols},
    {"as_tensor", read_tensor},
    {"as_tensors", read_tensors},
};

}  // namespace

Result<Argument> read_argument(const JsonElement& argument) {
  simdjson::dom::object object;
  if (argument.get_object().get(object) != simdjson::SUCCESS) return not_a("object");
  for (const auto& [key, value] : object) {
    const auto kind = std::ranges::find(kKinds, key, &ArgumentKind::key);
    if (kind != std::end(kKinds)) return kind->read(value);
    // Newer writers may leave the other kinds in as null.
    if (!value.is_null())
      return fail(Code::kUnimplemented, fmt::format("arguments of the kind '{}' are not supported", key));
  }
  return not_a("value of any kind");
}

Result<std::vector<std::string>> names_of(const JsonElement& argument) {
  const Argument read = TRY(read_argument(argument));
  if (const auto* tensor = std::get_if<aten::TensorRef>(&read)) return std::vector<std::string>{tensor->name};
  if (const auto* number = std::get_if<aten::NumberRef>(&read)) return std::vector<std::string>{number->name};
  std::vector<std::string> names;
  if (const auto* tensors = std::get_if<std::vector<aten::TensorRef>>(&read)) {
    for (const aten::TensorRef& tensor : *tensors) names.push_back(tensor.name);
    return names;
  }
  if (const auto* items = std::get_if<std::vector<aten::IntegerItem>>(&read)) {
    for (const aten::IntegerItem& item : *items) {
      const auto* number = std::get_if<aten::NumberRef>(&item);
      names.push_back(number == nullptr ? std::string() : number->name);
    }
    return names;
  }
  names.emplace_back();
  return names;
}

Target read_target(std::string_view target) {
  constexpr std::string_view kOps = "torch.ops.";
  if (!target.starts_with(kOps)) {
    const auto dot = target.rfind('.');
    if (dot == std::string_view::npos) return {"::" + std::string(target), {}};
    return {fmt::format("{}::{}", target.substr(0, dot), target.substr(dot + 1)), {}};
  }
  target.remove_prefix(kOps.size());
  const auto dot = target.find('.');
  const std::string_view space = target.substr(0, dot);
  const std::string_view rest = dot == std::string_view::npos ? std::string_view() : target.substr(dot + 1);
  const auto second = rest.find('.');
  Target found{std::string(rest.substr(0, second)),
               second == std::string_view::npos ? std::string() : std::string(rest.substr(second + 1))};
  if (found.overload == "default") found.overload.clear();
  if (space != "aten") found.name = fmt::format("{}::{}", space, found.name);
  return found;
}

}  // namespace tandem::convert::exported
