// SPDX-License-Identifier: Apache-2.0
// The opcodes of the pickle machine, by group.
#include <fmt/format.h>

#include <bit>
#include <charconv>

#include "base/bytes.h"
#include "formats/pickle_machine.h"

namespace tandem {
Status PickleMachine::step(std::uint8_t opcode) {
  if (opcode == 0x80) {  // PROTO
    const auto protocol = TRY(take_number<std::uint8_t>());
    if (protocol > 5) return broken(fmt::format("protocol {}; 0 to 5 are read", protocol));
    return {};
  }
  if (opcode == 0x95) {  // FRAME: a hint for buffered readers
    TRY(take(8));
    return {};
  }
  bool known = true;
  for (auto group : {&PickleMachine::step_number, &PickleMachine::step_text, &PickleMachine::step_container,
                     &PickleMachine::step_memo, &PickleMachine::step_object}) {
    known = true;
    TRY((this->*group)(opcode, known));
    if (known) return {};
  }
  return broken("an opcode that is not read");
}

Status PickleMachine::step_number(std::uint8_t opcode, bool& known) {
  switch (opcode) {
    case 'N': return push_new(PickleKind::kNone);
    case 0x88:
    case 0x89: {
      TRY(push_new(PickleKind::kBool));
      stack_.back()->boolean = opcode == 0x88;
      return {};
    }
    case 'K': return push_int(TRY(take_number<std::uint8_t>()));
    case 'M': return push_int(TRY(take_number<std::uint16_t>()));
    case 'J': return push_int(TRY(take_number<std::int32_t>()));
    case 0x8A: {
      const auto count = TRY(take_number<std::uint8_t>());
      return push_long(TRY(take(count)));
    }
    case 0x8B: {
      const auto count = TRY(take_number<std::uint32_t>());
      return push_long(TRY(take(count)));
    }
    case 'I':
    case 'L': {
      std::string_view line = TRY(take_line());
      if (opcode == 'I' && (line == "00" || line == "01")) {
        TRY(push_new(PickleKind::kBool));
        stack_.back()->boolean = line == "01";
        return {};
      }
      if (line.ends_with('L')) line.remove_suffix(1);
      std::int64_t value = 0;
      const auto [end, code] = std::from_chars(line.data(), line.data() + line.size(), value);
      if (code != std::errc() || end != line.data() + line.size()) return broken("a decimal number that does not fit");
      return push_int(value);
    }
    case 'F': {
      const std::string_view line = TRY(take_line());
      double value = 0;
      const auto [end, code] = std::from_chars(line.data(), line.data() + line.size(), value);
      if (code != std::errc() || end != line.data() + line.size()) return broken("not a number");
      TRY(push_new(PickleKind::kFloat));
      stack_.back()->real = value;
      return {};
    }
    case 'G': {
      const auto big_endian = TRY(take_number<std::uint64_t>());
      TRY(push_new(PickleKind::kFloat));
      stack_.back()->real = std::bit_cast<double>(__builtin_bswap64(big_endian));
      return {};
    }
    default: known = false; return {};
  }
}

Status PickleMachine::step_text(std::uint8_t opcode, bool& known) {
  const auto counted = [&](PickleKind kind, std::uint64_t count) -> Status {
    return push_text(kind, as_text(TRY(take(count))));
  };
  switch (opcode) {
    case 0x8C: return counted(PickleKind::kString, TRY(take_number<std::uint8_t>()));
    case 'X': return counted(PickleKind::kString, TRY(take_number<std::uint32_t>()));
    case 0x8D: return counted(PickleKind::kString, TRY(take_number<std::uint64_t>()));
    case 'U': return counted(PickleKind::kString, TRY(take_number<std::uint8_t>()));
    case 'T': return counted(PickleKind::kString, TRY(take_number<std::uint32_t>()));
    case 'C': return counted(PickleKind::kBytes, TRY(take_number<std::uint8_t>()));
    case 'B': return counted(PickleKind::kBytes, TRY(take_number<std::uint32_t>()));
    case 0x8E:
    case 0x96: return counted(PickleKind::kBytes, TRY(take_number<std::uint64_t>()));
    case 'V': return push_text(PickleKind::kString, TRY(take_line()));
    case 'S': {
      const std::string_view line = TRY(take_line());
      const bool quoted =
          line.size() >= 2 && line.front() == line.back() && (line.front() == '\'' || line.front() == '"');
      if (!quoted) return broken("a string without quotes");
      return push_text(PickleKind::kString, line.substr(1, line.size() - 2));
    }
    default: known = false; return {};
  }
}

Status PickleMachine::step_container(std::uint8_t opcode, bool& known) {
  switch (opcode) {
    case '(':
      if (marks_.size() >= limits_.stack) return fail(Code::kResourceExhausted, "pickle: too many marks");
      marks_.push_back(stack_.size());
      return {};
    case '0':
      if (!marks_.empty() && marks_.back() == stack_.size()) {
        marks_.pop_back();
        return {};
      }
      TRY(pop());
      return {};
    case '1': TRY(pop_to_mark()); return {};
    case '2': return push(TRY(top()));
    case '}': return push_new(PickleKind::kDict);
    case ']': return push_new(PickleKind::kList);
    case ')': return push_new(PickleKind::kTuple);
    case 0x8F: return push_new(PickleKind::kSet);
    case 0x85: return push_tuple(1);
    case 0x86: return push_tuple(2);
    case 0x87: return push_tuple(3);
    case 't':
    case 'l':
    case 0x91: {  // FROZENSET
      auto items = TRY(pop_to_mark());
      TRY(push_new(opcode == 't' ? PickleKind::kTuple : opcode == 'l' ? PickleKind::kList : PickleKind::kSet));
      stack_.back()->items = std::move(items);
      return {};
    }
    case 'd': {
      const auto flat = TRY(pop_to_mark());
      TRY(push_new(PickleKind::kDict));
      return add_pairs(*stack_.back(), flat);
    }
    case 's': {
      const Value* value = TRY(pop());
      const Value* key = TRY(pop());
      return add_pairs(*TRY(top()), {key, value});
    }
    case 'a': {
      const Value* item = TRY(pop());
      return add_items(*TRY(top()), {item});
    }
    case 'u': {
      const auto flat = TRY(pop_to_mark());
      return add_pairs(*TRY(top()), flat);
    }
    case 'e':
    case 0x90: {
      const auto items = TRY(pop_to_mark());
      return add_items(*TRY(top()), items);
    }
    default: known = false; return {};
  }
}

Status PickleMachine::step_memo(std::uint8_t opcode, bool& known) {
  const auto line_index = [&]() -> Result<std::uint64_t> {
    const std::string_view line = TRY(take_line());
    std::uint64_t index = 0;
    const auto [end, code] = std::from_chars(line.data(), line.data() + line.size(), index);
    if (code != std::errc() || end != line.data() + line.size()) return broken("not a memo index");
    return index;
  };
  switch (opcode) {
    case 'q': return memoize(TRY(take_number<std::uint8_t>()));
    case 'r': return memoize(TRY(take_number<std::uint32_t>()));
    case 'p': return memoize(TRY(line_index()));
    case 0x94: return memoize(memo_.size());
    case 'h': return recall(TRY(take_number<std::uint8_t>()));
    case 'j': return recall(TRY(take_number<std::uint32_t>()));
    case 'g': return recall(TRY(line_index()));
    default: known = false; return {};
  }
}

Status PickleMachine::push_global(std::string_view module, std::string_view name) {
  TRY(push_text(PickleKind::kGlobal, module));
  TRY(charge(name.size()));
  stack_.back()->attribute = name;
  return {};
}

/// INST and OBJ, as Python 2 wrote objects: the arguments lie behind a mark.
Status PickleMachine::reduce_from_mark(std::uint8_t opcode) {
  const Value* callable = nullptr;
  if (opcode == 'i') {
    const std::string_view module = TRY(take_line());
    const std::string_view name = TRY(take_line());
    TRY(push_global(module, name));
    callable = TRY(pop());
  }
  auto arguments = TRY(pop_to_mark());
  if (opcode == 'o') {
    if (arguments.empty()) return broken("a call without a callable");
    callable = arguments.front();
    arguments.erase(arguments.begin());
  }
  Value* tuple = TRY(make(PickleKind::kTuple));
  tuple->items = std::move(arguments);
  return reduce(callable, tuple);
}

Status PickleMachine::step_object(std::uint8_t opcode, bool& known) {
  switch (opcode) {
    case 'c': {
      const std::string_view module = TRY(take_line());
      const std::string_view name = TRY(take_line());
      return push_global(module, name);
    }
    case 0x93: {  // STACK_GLOBAL
      const Value* name = TRY(pop());
      const Value* module = TRY(pop());
      if (name->kind != PickleKind::kString || module->kind != PickleKind::kString)
        return broken("a global without a name");
      return push_global(module->text, name->text);
    }
    case 'R':
    case 0x81: {
      const Value* arguments = TRY(pop());
      const Value* callable = TRY(pop());
      if (arguments->kind != PickleKind::kTuple) return broken("arguments that are no tuple");
      return reduce(callable, arguments);
    }
    case 0x92: {  // NEWOBJ_EX
      const Value* keywords = TRY(pop());
      const Value* arguments = TRY(pop());
      const Value* callable = TRY(pop());
      if (arguments->kind != PickleKind::kTuple) return broken("arguments that are no tuple");
      TRY(reduce(callable, arguments));
      stack_.back()->items.push_back(keywords);
      return {};
    }
    case 'i':
    case 'o': return reduce_from_mark(opcode);
    case 'b': {
      const Value* state = TRY(pop());
      Value* target = TRY(top());
      if (target->kind != PickleKind::kObject) return broken("a state for something that is no object");
      target->state = state;
      return {};
    }
    case 'Q': {
      const Value* id = TRY(pop());
      TRY(push_new(PickleKind::kPersistent));
      stack_.back()->items = {id};
      return {};
    }
    case 'P': {  // PERSID
      TRY(push_text(PickleKind::kString, TRY(take_line())));
      const Value* id = TRY(pop());
      TRY(push_new(PickleKind::kPersistent));
      stack_.back()->items = {id};
      return {};
    }
    default: known = false; return {};
  }
}

}  // namespace tandem
