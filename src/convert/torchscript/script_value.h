// SPDX-License-Identifier: Apache-2.0
// ScriptValue: what an expression of TorchScript code stands for while the network is being recorded.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "convert/aten/call.h"
#include "formats/pickle.h"

namespace tandem::convert::torchscript {

struct ScriptList;

/// A tensor that the model computes, or a weight, by its name in the program.
struct TensorValue {
  std::string name;
};

/// A number that the model computes from sizes, by its name in the program.
struct NumberValue {
  std::string name;
};

/// A module, or another object of a class of the file.
struct ObjectValue {
  const PickleValue* object = nullptr;
  std::string path;  // "layer1.0"; "" for the network itself
};

/// A function, class, operator or namespace: "torch.conv2d".
struct NameValue {
  std::string name;
};

/// A device, a generator or the like: it says nothing about values.
struct IgnoredValue {};

/// std::monostate is None. Lists are shared, as Python's are; tuples and dicts are lists of another kind.
using ScriptValue = std::variant<std::monostate, bool, std::int64_t, double, std::string, TensorValue, NumberValue,
                                 std::shared_ptr<ScriptList>, ObjectValue, NameValue, IgnoredValue>;

struct ScriptList {
  enum class Kind : std::uint8_t { kList, kTuple, kDict };
  Kind kind = Kind::kList;
  std::vector<ScriptValue> items;
  std::vector<ScriptValue> keys;  // of a dict, one an item; of a named tuple its fields; else empty
};

inline ScriptValue make_list(ScriptList::Kind kind, std::vector<ScriptValue> items,
                             std::vector<ScriptValue> keys = {}) {
  return std::make_shared<ScriptList>(ScriptList{kind, std::move(items), std::move(keys)});
}

/// Null when the value is none.
inline ScriptList* as_list(const ScriptValue& value) {
  const auto* list = std::get_if<std::shared_ptr<ScriptList>>(&value);
  return list == nullptr ? nullptr : list->get();
}

/// An integer, float or bool that is known.
bool is_number(const ScriptValue& value);
/// The same as a float.
double as_real(const ScriptValue& value);
/// For messages: "a tensor".
std::string_view kind_name(const ScriptValue& value);

/// The arguments of one call.
struct ScriptArguments {
  std::vector<ScriptValue> positional;
  std::vector<std::pair<std::string, ScriptValue>> named;
  std::size_t results = 1;  // how many names its result is taken apart into
  bool single = true;       // whether it is not taken apart at all
  aten::Place place;
};

}  // namespace tandem::convert::torchscript
