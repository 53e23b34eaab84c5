// SPDX-License-Identifier: Apache-2.0
// Lists, dicts, strings, None, and exceptions.
#include <fmt/format.h>

#include <algorithm>

#include "convert/torchscript/builtins.h"

namespace tandem::convert::torchscript {
namespace {

constexpr std::size_t kLongestList = 1U << 20;

using List = ScriptList;

List* list_at(const ScriptArguments& arguments, std::size_t index) {
  return index < arguments.positional.size() ? as_list(arguments.positional[index]) : nullptr;
}

tl::unexpected<Error> too_long() { return fail(Code::kResourceExhausted, "the code makes a list of a million items"); }

BuiltinResult length(const ScriptArguments& arguments, ProgramRecorder& recorder) {
  if (const List* list = list_at(arguments, 0)) return gives(static_cast<std::int64_t>(list->items.size()));
  if (arguments.positional.size() != 1) return nothing();
  const auto* text = std::get_if<std::string>(&arguments.positional[0]);
  if (text != nullptr) return gives(static_cast<std::int64_t>(text->size()));
  const auto* tensor = std::get_if<TensorValue>(&arguments.positional[0]);
  if (tensor == nullptr) return nothing();
  const TensorSpec spec = TRY(recorder.describe(tensor->name));
  if (spec.shape.rank() > 0 && spec.shape.dims[0].is_fixed()) return gives(spec.shape.dims[0].size);
  return fail(Code::kUnimplemented, "len() of a tensor whose first dimension is not fixed");
}

BuiltinResult append(const ScriptArguments& arguments, ProgramRecorder&) {
  List* list = list_at(arguments, 0);
  if (list == nullptr || arguments.positional.size() != 2) return nothing();
  if (list->items.size() >= kLongestList) return too_long();
  list->items.push_back(arguments.positional[1]);
  return gives(arguments.positional[0]);
}

BuiltinResult extend(const ScriptArguments& arguments, ProgramRecorder&) {
  List* list = list_at(arguments, 0);
  const List* more = list_at(arguments, 1);
  if (list == nullptr || more == nullptr) return nothing();
  if (list->items.size() + more->items.size() > kLongestList) return too_long();
  const std::vector<ScriptValue> added = more->items;
  list->items.insert(list->items.end(), added.begin(), added.end());
  return gives(std::monostate());
}

BuiltinResult insert(const ScriptArguments& arguments, ProgramRecorder&) {
  List* list = list_at(arguments, 0);
  const auto* index = arguments.positional.size() == 3 ? std::get_if<std::int64_t>(&arguments.positional[1]) : nullptr;
  if (list == nullptr || index == nullptr) return nothing();
  if (list->items.size() >= kLongestList) return too_long();
  const auto size = static_cast<std::int64_t>(list->items.size());
  const std::int64_t place = std::clamp<std::int64_t>(*index < 0 ? *index + size : *index, 0, size);
  list->items.insert(list->items.begin() + place, arguments.positional[2]);
  return gives(std::monostate());
}

BuiltinResult copied(const ScriptArguments& arguments, ProgramRecorder&) {
  const List* list = list_at(arguments, 0);
  if (list == nullptr) return nothing();
  return gives(make_list(List::Kind::kList, list->items));
}

BuiltinResult reverse(const ScriptArguments& arguments, ProgramRecorder&) {
  List* list = list_at(arguments, 0);
  if (list == nullptr) return nothing();
  std::ranges::reverse(list->items);
  return gives(std::monostate());
}

/// torch.slice(list, start, end, step)
BuiltinResult slice(const ScriptArguments& arguments, ProgramRecorder&) {
  const List* list = list_at(arguments, 0);
  if (list == nullptr) return nothing();
  const auto size = static_cast<std::int64_t>(list->items.size());
  const auto bound = [&](std::int64_t value) {
    return std::clamp<std::int64_t>(value < 0 ? value + size : value, 0, size);
  };
  const std::int64_t begin = bound(integer_at(arguments, 1).value_or(0));
  const std::int64_t end = bound(integer_at(arguments, 2).value_or(size));
  const std::int64_t step = integer_at(arguments, 3).value_or(1);
  if (step < 1) return invalid_argument("a slice of a list goes backwards");
  std::vector<ScriptValue> items;
  for (std::int64_t i = begin; i < end; i += std::min(step, size))
    items.push_back(list->items[static_cast<std::size_t>(i)]);
  return gives(make_list(List::Kind::kList, std::move(items)));
}

BuiltinResult item(const ScriptArguments& arguments, ProgramRecorder&) {
  const List* list = list_at(arguments, 0);
  if (list == nullptr || arguments.positional.size() != 2) return nothing();
  if (list->kind == List::Kind::kDict) {
    const auto* key = std::get_if<std::string>(&arguments.positional[1]);
    for (std::size_t i = 0; key != nullptr && i < list->keys.size(); ++i) {
      const auto* known = std::get_if<std::string>(&list->keys[i]);
      if (known != nullptr && *known == *key) return gives(list->items[i]);
    }
    return invalid_argument("the code reads a key that its dict has not");
  }
  const auto index = integer_at(arguments, 1);
  if (!index) return nothing();
  const auto size = static_cast<std::int64_t>(list->items.size());
  const std::int64_t counted = *index < 0 ? *index + size : *index;
  if (counted < 0 || counted >= size) {
    return invalid_argument(fmt::format("the code reads item {} of a list of {}", *index, size));
  }
  return gives(list->items[static_cast<std::size_t>(counted)]);
}

BuiltinResult joined(const ScriptArguments& arguments, ProgramRecorder&) {
  const List* a = list_at(arguments, 0);
  const List* b = list_at(arguments, 1);
  if (a == nullptr || b == nullptr) return nothing();
  if (a->items.size() + b->items.size() > kLongestList) return too_long();
  std::vector<ScriptValue> items = a->items;
  items.insert(items.end(), b->items.begin(), b->items.end());
  return gives(make_list(List::Kind::kList, std::move(items)));
}

BuiltinResult repeated(const ScriptArguments& arguments, ProgramRecorder&) {
  const List* list = list_at(arguments, 0);
  const auto count = integer_at(arguments, 1);
  if (list == nullptr || !count) return nothing();
  if (*count > 0 && list->items.size() > kLongestList / static_cast<std::size_t>(*count)) return too_long();
  std::vector<ScriptValue> items;
  for (std::int64_t i = 0; i < *count; ++i) items.insert(items.end(), list->items.begin(), list->items.end());
  return gives(make_list(List::Kind::kList, std::move(items)));
}

bool same_value(const ScriptValue& a, const ScriptValue& b) {
  if (is_number(a) && is_number(b)) return as_real(a) == as_real(b);
  const auto* first = std::get_if<std::string>(&a);
  const auto* second = std::get_if<std::string>(&b);
  return first != nullptr && second != nullptr && *first == *second;
}

BuiltinResult contains(const ScriptArguments& arguments, ProgramRecorder&) {
  const List* list = list_at(arguments, 0);
  if (list == nullptr || arguments.positional.size() != 2) return nothing();
  const auto& all = list->kind == List::Kind::kDict ? list->keys : list->items;
  return gives(
      std::ranges::any_of(all, [&](const ScriptValue& each) { return same_value(each, arguments.positional[1]); }));
}

template <bool Keys>
BuiltinResult entries(const ScriptArguments& arguments, ProgramRecorder&) {
  const List* list = list_at(arguments, 0);
  if (list == nullptr || list->kind != List::Kind::kDict) return nothing();
  return gives(make_list(List::Kind::kList, Keys ? list->keys : list->items));
}

BuiltinResult set_item(const ScriptArguments& arguments, ProgramRecorder&) {
  List* list = list_at(arguments, 0);
  if (list == nullptr || arguments.positional.size() != 3) return nothing();
  const ScriptValue& key = arguments.positional[1];
  if (list->kind == List::Kind::kDict) {
    for (std::size_t i = 0; i < list->keys.size(); ++i) {
      if (same_value(list->keys[i], key)) return list->items[i] = arguments.positional[2], gives(std::monostate());
    }
    list->keys.push_back(key);
    list->items.push_back(arguments.positional[2]);
    return gives(std::monostate());
  }
  const auto index = integer_at(arguments, 1);
  if (!index) return nothing();
  const auto size = static_cast<std::int64_t>(list->items.size());
  const std::int64_t counted = *index < 0 ? *index + size : *index;
  if (counted < 0 || counted >= size) return invalid_argument("the code writes an item that its list has not");
  list->items[static_cast<std::size_t>(counted)] = arguments.positional[2];
  return gives(std::monostate());
}

/// range(n), range(begin, end), range(begin, end, step); only as what a loop runs over.
BuiltinResult range(const ScriptArguments& arguments, ProgramRecorder& recorder) {
  std::vector<std::int64_t> limits;
  for (const ScriptValue& value : arguments.positional) {
    const ScriptValue known = TRY(settled(value, recorder));
    const auto* integer = std::get_if<std::int64_t>(&known);
    if (integer == nullptr) {
      return fail(Code::kUnimplemented,
                  "a loop runs as often as a size says that is not fixed; give the inputs fixed "
                  "shapes, as --input x=1x3x224x224");
    }
    limits.push_back(*integer);
  }
  if (limits.empty() || limits.size() > 3) return nothing();
  if (limits.size() == 1) limits.insert(limits.begin(), 0);
  const std::int64_t step = limits.size() == 3 ? limits[2] : 1;
  if (step == 0) return invalid_argument("a loop that never ends");
  std::vector<ScriptValue> items;
  for (std::int64_t i = limits[0]; step > 0 ? i < limits[1] : i > limits[1];) {
    if (items.size() == kLongestList) return too_long();
    items.emplace_back(i);
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  return gives(make_list(List::Kind::kList, std::move(items)));
}

template <bool Same>
BuiltinResult is_none(const ScriptArguments& arguments, ProgramRecorder&) {
  if (arguments.positional.size() != 2) return nothing();
  const auto none = [&](std::size_t i) { return std::holds_alternative<std::monostate>(arguments.positional[i]); };
  return gives((none(0) == none(1) && (none(0) || same_value(arguments.positional[0], arguments.positional[1]))) ==
               Same);
}

template <bool And>
BuiltinResult both(const ScriptArguments& arguments, ProgramRecorder& recorder) {
  if (arguments.positional.size() != 2) return nothing();
  const auto is_flag = [&](std::size_t i) { return is_number(arguments.positional[i]); };
  if (!is_flag(0) || !is_flag(1)) return nothing();
  const bool first = TRY(is_true(arguments.positional[0], recorder));
  const bool second = TRY(is_true(arguments.positional[1], recorder));
  return gives(And ? first && second : first || second);
}

BuiltinResult raise(const ScriptArguments& arguments, ProgramRecorder&) {
  const auto* text = arguments.positional.empty() ? nullptr : std::get_if<std::string>(&arguments.positional[0]);
  return fail(Code::kFailedPrecondition,
              fmt::format("the network's own code refuses these inputs: {}", text == nullptr ? "" : *text));
}

BuiltinResult none(const ScriptArguments&, ProgramRecorder&) { return gives(std::monostate()); }
BuiltinResult never(const ScriptArguments&, ProgramRecorder&) { return gives(false); }
BuiltinResult ignored(const ScriptArguments&, ProgramRecorder&) { return gives(IgnoredValue{}); }

/// The first argument: a template of a message, or an Optional that is there.
BuiltinResult first(const ScriptArguments& arguments, ProgramRecorder&) {
  if (arguments.positional.empty()) return nothing();
  return gives(arguments.positional[0]);
}

BuiltinResult add(const ScriptArguments& arguments, ProgramRecorder& recorder) {
  const auto* a = arguments.positional.size() == 2 ? std::get_if<std::string>(&arguments.positional[0]) : nullptr;
  const auto* b = a == nullptr ? nullptr : std::get_if<std::string>(&arguments.positional[1]);
  if (b != nullptr && a->size() + b->size() < kLongestList) return gives(*a + *b);
  return joined(arguments, recorder);
}

/// sum([1, 2]) of integers that are known.
BuiltinResult summed(const ScriptArguments& arguments, ProgramRecorder& recorder) {
  const List* list = list_at(arguments, 0);
  if (list == nullptr || arguments.positional.size() != 1) return nothing();
  std::int64_t total = 0;
  for (const ScriptValue& each : list->items) {
    const ScriptValue known = TRY(settled(each, recorder));
    const auto* integer = std::get_if<std::int64_t>(&known);
    if (integer == nullptr || __builtin_add_overflow(total, *integer, &total)) return nothing();
  }
  return gives(total);
}

BuiltinResult empty_dict(const ScriptArguments& arguments, ProgramRecorder&) {
  if (!arguments.positional.empty()) return nothing();
  return gives(make_list(List::Kind::kDict, {}));
}

/// Keys with their values.
BuiltinResult pairs(const ScriptArguments& arguments, ProgramRecorder&) {
  const List* list = list_at(arguments, 0);
  if (list == nullptr || list->kind != List::Kind::kDict) return nothing();
  std::vector<ScriptValue> made;
  for (std::size_t i = 0; i < list->keys.size(); ++i) {
    made.push_back(make_list(List::Kind::kTuple, {list->keys[i], list->items[i]}));
  }
  return gives(make_list(List::Kind::kList, std::move(made)));
}

constexpr Builtin kListBuiltins[] = {
    {"torch.dict", empty_dict},
    {"torch.items", pairs},
    {"torch.sum", summed},
    {"torch.len", length},
    {"torch.append", append},
    {"torch.extend", extend},
    {"torch.insert", insert},
    {"torch.copy", copied},
    {"torch.list", copied},
    {"torch.reverse", reverse},
    {"torch.slice", slice},
    {"torch.__getitem__", item},
    {"torch._set_item", set_item},
    {"torch.add", add},
    {"torch.add_", extend},
    {"torch.mul", repeated},
    {"torch.__contains__", contains},
    {"torch.keys", entries<true>},
    {"torch.values", entries<false>},
    {"torch.__is__", is_none<true>},
    {"torch.__isnot__", is_none<false>},
    {"torch.__and__", both<true>},
    {"torch.__or__", both<false>},
    {"torch.format", first},
    {"torch._unwrap_optional", first},
    {"torch.warn", none},
    {"torch.is_grad_enabled", never},
    {"torch.set_grad_enabled", none},
    {"torch.device", ignored},
    {"ops.prim.RaiseException", raise},
    {"ops.prim.Print", none},
    {"ops.prim.unchecked_unwrap_optional", first},
    {"range", range},
    {"print", none},
};

}  // namespace

std::span<const Builtin> list_builtins() { return kListBuiltins; }

}  // namespace tandem::convert::torchscript
