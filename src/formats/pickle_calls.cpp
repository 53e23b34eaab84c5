// SPDX-License-Identifier: Apache-2.0
// The table of known calls, and how each is settled once the whole pickle is read.
#include "formats/pickle_calls.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

#include "formats/numpy_objects.h"
#include "formats/pickle_machine.h"

namespace tandem {
namespace {

struct KnownCall {
  std::string_view module;
  std::string_view name;
  PickleCall call;
};

constexpr std::array kKnownCalls = {
    KnownCall{"collections", "OrderedDict", PickleCall::kDict},
    KnownCall{"collections", "defaultdict", PickleCall::kDict},
    KnownCall{"collections", "Counter", PickleCall::kDict},
    KnownCall{"builtins", "dict", PickleCall::kDict},
    KnownCall{"builtins", "list", PickleCall::kList},
    KnownCall{"builtins", "tuple", PickleCall::kTuple},
    KnownCall{"builtins", "set", PickleCall::kSet},
    KnownCall{"builtins", "frozenset", PickleCall::kSet},
    KnownCall{"builtins", "bytearray", PickleCall::kBytes},
    KnownCall{"builtins", "bytes", PickleCall::kBytes},
    KnownCall{"_codecs", "encode", PickleCall::kBytes},
    KnownCall{"copyreg", "_reconstructor", PickleCall::kInstance},
    KnownCall{"copyreg", "__newobj__", PickleCall::kInstance},
    KnownCall{"numpy.core.multiarray", "_reconstruct", PickleCall::kTensor},
    KnownCall{"numpy.core.multiarray", "scalar", PickleCall::kScalar},
    KnownCall{"numpy.core.numeric", "_frombuffer", PickleCall::kTensor},
    KnownCall{"torch", "Size", PickleCall::kTuple},
    KnownCall{"torch._tensor", "_rebuild_from_type", PickleCall::kRetyped},
    KnownCall{"torch._tensor", "_rebuild_from_type_v2", PickleCall::kRetyped},
    KnownCall{"torch._utils", "_rebuild_parameter", PickleCall::kParameter},
    KnownCall{"torch._utils", "_rebuild_parameter_with_state", PickleCall::kParameter},
    KnownCall{"torch._utils", "_rebuild_qtensor", PickleCall::kTensor},
    KnownCall{"torch._utils", "_rebuild_sparse_tensor", PickleCall::kTensor},
    KnownCall{"torch._utils", "_rebuild_tensor", PickleCall::kTensor},
    KnownCall{"torch._utils", "_rebuild_tensor_v2", PickleCall::kTensor},
    KnownCall{"torch._utils", "_rebuild_tensor_v3", PickleCall::kTensor},
    KnownCall{"torch.jit._pickle", "build_boollist", PickleCall::kList},
    KnownCall{"torch.jit._pickle", "build_doublelist", PickleCall::kList},
    KnownCall{"torch.jit._pickle", "build_intlist", PickleCall::kList},
    KnownCall{"torch.jit._pickle", "build_tensorlist", PickleCall::kList},
    KnownCall{"torch.jit._pickle", "restore_type_tag", PickleCall::kSame},
    KnownCall{"torch.nn.parameter", "Buffer", PickleCall::kParameter},
    KnownCall{"torch.nn.parameter", "Parameter", PickleCall::kParameter},
};

/// Modules that were called otherwise in Python 2, or in NumPy 2.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kAliases = {
    {{"__builtin__", "builtins"},
     {"copy_reg", "copyreg"},
     {"numpy._core.multiarray", "numpy.core.multiarray"},
     {"numpy._core.numeric", "numpy.core.numeric"}}};

/// The characters of UTF-8 text as bytes; nothing when one is not Latin-1.
std::optional<std::string> to_latin1(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  const auto is_ascii = [](char byte) { return static_cast<unsigned char>(byte) < 0x80; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    const auto run = static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), is_ascii) - rest.begin());
    bytes += rest.substr(0, run);
    i += run;
    if (i == text.size()) break;
    const auto lead = static_cast<unsigned char>(text[i]);
    const bool two = (lead == 0xC2 || lead == 0xC3) && i + 1 < text.size();
    if (!two) return std::nullopt;
    const auto next = static_cast<unsigned char>(text[++i]);
    if ((next & 0xC0U) != 0x80U) return std::nullopt;
    bytes += static_cast<char>((lead & 0x03U) << 6U | (next & 0x3FU));
  }
  return bytes;
}

bool is_sequence(const PickleValue& value) {
  return value.kind == PickleKind::kList || value.kind == PickleKind::kTuple || value.kind == PickleKind::kSet;
}

}  // namespace

PickleCall pickle_call(std::string_view module, std::string_view name) {
  for (const auto& [alias, real] : kAliases) {
    if (module == alias) module = real;
  }
  const auto found = std::find_if(kKnownCalls.begin(), kKnownCalls.end(),
                                  [&](const KnownCall& known) { return known.name == name && known.module == module; });
  return found == kKnownCalls.end() ? PickleCall::kUnknown : found->call;
}

// One walk in the order of making: arguments are made before their call, so they are settled before it.
Status PickleMachine::settle_calls() {
  std::unordered_map<const Value*, PickleCall> meanings;  // a few globals are called by thousands of objects
  for (Value& value : document_.values_) {
    if (value.kind == PickleKind::kPersistent) TRY(settle_module(value));
    if (value.kind != PickleKind::kObject || value.callable == nullptr) continue;
    const auto [found, is_new] = meanings.try_emplace(value.callable, PickleCall::kUnknown);
    if (is_new && value.callable->kind == PickleKind::kGlobal) {
      found->second = pickle_call(value.callable->text, value.callable->attribute);
    }
    if (found->second != PickleCall::kUnknown) TRY(settle(value, found->second));
  }
  return {};
}

Status PickleMachine::settle(Value& value, PickleCall call) {
  switch (call) {
    case PickleCall::kDict: return settle_dict(value);
    case PickleCall::kList: return settle_sequence(value, PickleKind::kList);
    case PickleCall::kTuple: return settle_sequence(value, PickleKind::kTuple);
    case PickleCall::kSet: return settle_sequence(value, PickleKind::kSet);
    case PickleCall::kBytes: return settle_bytes(value);
    case PickleCall::kTensor: value.kind = PickleKind::kTensor; return {};
    case PickleCall::kParameter: return settle_parameter(value);
    case PickleCall::kRetyped: return settle_retyped(value);
    case PickleCall::kScalar: settle_scalar(value); return {};
    case PickleCall::kInstance: {
      const Value* type = value.argument(0);
      if (type != nullptr && type->kind == PickleKind::kGlobal) value.callable = type;
      return {};
    }
    case PickleCall::kSame: {
      const Value* same = value.argument(0);
      return same == nullptr || same == &value ? Status() : settle_same(value, *same);
    }
    case PickleCall::kUnknown: break;
  }
  return {};
}

// The entries that were added later stand in `pairs` already; an argument may give some before them.
Status PickleMachine::settle_dict(Value& value) {
  const Value* first = value.argument(0);
  std::vector<std::pair<const Value*, const Value*>> pairs;
  if (first != nullptr && first->kind == PickleKind::kDict) {
    pairs = first->pairs;
  } else if (first != nullptr && is_sequence(*first)) {
    for (const Value* pair : first->items) {
      if (!is_sequence(*pair) || pair->items.size() != 2) return {};
      pairs.emplace_back(pair->items[0], pair->items[1]);
    }
  }
  TRY(charge(pairs.size() * sizeof(pairs[0])));
  value.kind = PickleKind::kDict;
  value.pairs.insert(value.pairs.begin(), pairs.begin(), pairs.end());
  return {};
}

Status PickleMachine::settle_sequence(Value& value, PickleKind kind) {
  const Value* first = value.argument(0);
  if (first != nullptr && !is_sequence(*first)) return {};
  std::vector<const Value*> items;
  if (first != nullptr) items = first->items;
  items.insert(items.end(), value.appended.begin(), value.appended.end());
  TRY(charge(items.size() * sizeof(Value*)));
  value.kind = kind;
  value.items = std::move(items);
  return {};
}

Status PickleMachine::settle_bytes(Value& value) {
  const Value* first = value.argument(0);
  if (first != nullptr && first->kind != PickleKind::kBytes && first->kind != PickleKind::kString) return {};
  std::optional<std::string> bytes = std::string();
  if (first != nullptr) {
    TRY(charge(first->text.size()));
    bytes = first->kind == PickleKind::kBytes ? first->text : to_latin1(first->text);
  }
  if (!bytes) return {};
  value.kind = PickleKind::kBytes;
  value.text = std::move(*bytes);
  return {};
}

Status PickleMachine::settle_same(Value& value, const Value& from) {
  TRY(charge(from.text.size() + from.attribute.size() + (from.items.size() + from.appended.size()) * sizeof(Value*) +
             from.pairs.size() * sizeof(from.pairs[0])));
  value = from;
  return {};
}

Status PickleMachine::settle_parameter(Value& value) {
  const Value* tensor = value.argument(0);
  // torch before 0.4 made a Parameter without arguments and gave (tensor, requires_grad, ...) as its state.
  if (tensor == nullptr && value.state != nullptr && value.state->kind == PickleKind::kTuple &&
      !value.state->items.empty()) {
    tensor = value.state->items[0];
  }
  if (tensor == nullptr || tensor == &value || tensor->kind != PickleKind::kTensor) return {};
  return settle_same(value, *tensor);
}

Status PickleMachine::settle_retyped(Value& value) {
  const Value* function = value.argument(0);
  const Value* arguments = value.argument(2);
  if (function == nullptr || function->kind != PickleKind::kGlobal || arguments == nullptr ||
      arguments->kind != PickleKind::kTuple) {
    return {};
  }
  const PickleCall call = pickle_call(function->text, function->attribute);
  // Not again a retyped one: a chain of them would be followed as deep as the file likes.
  if (call != PickleCall::kTensor && call != PickleCall::kParameter) return {};
  value.callable = function;
  value.items = {arguments};
  return settle(value, call);
}

void PickleMachine::settle_scalar(Value& value) {
  const Value* bytes = value.argument(1);
  const auto number = bytes == nullptr ? std::nullopt : numpy_scalar(*value.argument(0), bytes->text);
  if (!number) return;
  if (const auto* boolean = std::get_if<bool>(&*number)) {
    value.kind = PickleKind::kBool;
    value.boolean = *boolean;
  } else if (const auto* integer = std::get_if<std::int64_t>(&*number)) {
    value.kind = PickleKind::kInt;
    value.integer = *integer;
  } else {
    value.kind = PickleKind::kFloat;
    value.real = std::get<double>(*number);
  }
}

// torch before 1.6 spells the class of a module as ("module", class, its file, its source).
Status PickleMachine::settle_module(Value& value) {
  const Value& id = *value.items[0];
  if (id.kind != PickleKind::kTuple || id.items.size() < 2 || id.items[0]->text != "module") return {};
  if (id.items[1]->kind != PickleKind::kGlobal) return {};
  TRY(charge(id.items[1]->text.size() + id.items[1]->attribute.size()));
  value.kind = PickleKind::kGlobal;
  value.text = id.items[1]->text;
  value.attribute = id.items[1]->attribute;
  value.items.clear();
  return {};
}

}  // namespace tandem
