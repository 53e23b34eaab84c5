// SPDX-License-Identifier: Apache-2.0
// PickleMachine: the stack machine that turns opcodes into values; only pickle*.cpp use it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "formats/pickle.h"
#include "formats/pickle_calls.h"

namespace tandem {

/// One run over one pickle. Not thread-safe.
class PickleMachine final {
 public:
  PickleMachine(std::span<const std::byte> bytes, PickleLimits limits) : bytes_(bytes), limits_(limits) {}

  Result<PickleDocument> run();

 private:
  using Value = PickleValue;

  Status step(std::uint8_t opcode);
  Status step_number(std::uint8_t opcode, bool& known);
  Status step_text(std::uint8_t opcode, bool& known);
  Status step_container(std::uint8_t opcode, bool& known);
  Status step_memo(std::uint8_t opcode, bool& known);
  Status step_object(std::uint8_t opcode, bool& known);

  // Reading operands.
  Result<std::span<const std::byte>> take(std::uint64_t count);
  Result<std::string_view> take_line();
  template <typename T>
  Result<T> take_number();

  // The stack.
  Result<Value*> make(PickleKind kind);
  Status push(Value* value);
  Status push_new(PickleKind kind);
  Status push_text(PickleKind kind, std::string_view text);
  Status push_global(std::string_view module, std::string_view name);
  Status push_int(std::int64_t value);
  Status push_long(std::span<const std::byte> little_endian);
  Result<Value*> pop();
  Result<Value*> top();
  Result<std::vector<const Value*>> pop_to_mark();

  Status push_tuple(std::size_t count);
  Status add_pairs(Value& target, const std::vector<const Value*>& flat);
  Status add_items(Value& target, const std::vector<const Value*>& items);
  Status memoize(std::uint64_t index);
  Status recall(std::uint64_t index);
  Status reduce(const Value* callable, const Value* arguments);
  Status reduce_from_mark(std::uint8_t opcode);

  // What is plain data although the pickle spells it as a call.
  Status settle_calls();
  Status settle(Value& value, PickleCall call);
  Status settle_dict(Value& value);
  Status settle_sequence(Value& value, PickleKind kind);
  Status settle_bytes(Value& value);
  Status settle_same(Value& value, const Value& from);
  Status settle_parameter(Value& value);
  Status settle_retyped(Value& value);
  static void settle_scalar(Value& value);
  Status settle_module(Value& value);

  Status charge(std::uint64_t bytes);
  tl::unexpected<Error> broken(std::string_view what) const;

  std::span<const std::byte> bytes_;
  PickleLimits limits_;
  std::size_t at_ = 0;
  std::size_t opcode_at_ = 0;
  std::uint8_t opcode_ = 0;
  std::uint64_t charged_ = 0;
  std::vector<Value*> stack_;
  std::vector<std::size_t> marks_;  // heights of the stack
  std::unordered_map<std::uint64_t, Value*> memo_;
  PickleDocument document_;
};

template <typename T>
Result<T> PickleMachine::take_number() {
  const auto bytes = TRY(take(sizeof(T)));
  T value;
  std::memcpy(&value, bytes.data(), sizeof(T));
  return value;
}

}  // namespace tandem
