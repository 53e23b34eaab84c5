// SPDX-License-Identifier: Apache-2.0
// Operands, the stack, the memo and the limits of the pickle machine; its opcodes are in pickle_opcodes.cpp.
#include "formats/pickle_machine.h"

#include <fmt/format.h>

#include "base/bytes.h"

namespace tandem {
namespace {

/// What an entry of the memo takes, with the hash table around it.
constexpr std::uint64_t kMemoEntryBytes = 48;

}  // namespace

tl::unexpected<Error> PickleMachine::broken(std::string_view what) const {
  return invalid_argument(fmt::format("pickle: {} (opcode {:#04x} at offset {})", what, opcode_, opcode_at_));
}

Status PickleMachine::charge(std::uint64_t bytes) {
  charged_ += bytes;
  if (charged_ > limits_.total_bytes) {
    return fail(Code::kResourceExhausted,
                fmt::format("pickle: its values need more than {} bytes", limits_.total_bytes));
  }
  return {};
}

Result<std::span<const std::byte>> PickleMachine::take(std::uint64_t count) {
  if (count > bytes_.size() - at_) return broken(fmt::format("{} bytes wanted, {} left", count, bytes_.size() - at_));
  const auto taken = bytes_.subspan(at_, count);
  at_ += count;
  return taken;
}

Result<std::string_view> PickleMachine::take_line() {
  const std::string_view rest = as_text(bytes_.subspan(at_));
  const auto end = rest.find('\n');
  if (end == std::string_view::npos) return broken("a line without an end");
  at_ += end + 1;
  return rest.substr(0, end);
}

Result<PickleValue*> PickleMachine::make(PickleKind kind) {
  if (document_.values_.size() >= limits_.values) {
    return fail(Code::kResourceExhausted, fmt::format("pickle: more than {} values", limits_.values));
  }
  TRY(charge(sizeof(Value)));
  Value& value = document_.values_.emplace_back();
  value.kind = kind;
  return &value;
}

Status PickleMachine::push(Value* value) {
  if (stack_.size() >= limits_.stack) return fail(Code::kResourceExhausted, "pickle: the stack is too deep");
  stack_.push_back(value);
  return {};
}

Status PickleMachine::push_new(PickleKind kind) { return push(TRY(make(kind))); }

Status PickleMachine::push_text(PickleKind kind, std::string_view text) {
  if (text.size() > limits_.string_bytes) return broken(fmt::format("a string of {} bytes", text.size()));
  TRY(charge(text.size()));
  Value* value = TRY(make(kind));
  value->text = text;
  return push(value);
}

Status PickleMachine::push_int(std::int64_t integer) {
  Value* value = TRY(make(PickleKind::kInt));
  value->integer = integer;
  return push(value);
}

Status PickleMachine::push_long(std::span<const std::byte> little_endian) {
  if (little_endian.size() > 8) return push_text(PickleKind::kBigInt, as_text(little_endian));
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < little_endian.size(); ++i)
    value |= std::to_integer<std::uint64_t>(little_endian[i]) << (8 * i);
  const auto bits = 8 * little_endian.size();
  if (bits > 0 && bits < 64 && (value >> (bits - 1) & 1U) != 0) value |= ~std::uint64_t{0} << bits;
  return push_int(static_cast<std::int64_t>(value));
}

Result<PickleValue*> PickleMachine::pop() {
  if (stack_.empty() || (!marks_.empty() && marks_.back() == stack_.size())) return broken("the stack is empty");
  Value* value = stack_.back();
  stack_.pop_back();
  return value;
}

Result<PickleValue*> PickleMachine::top() {
  if (stack_.empty() || (!marks_.empty() && marks_.back() == stack_.size())) return broken("the stack is empty");
  return stack_.back();
}

Result<std::vector<const PickleValue*>> PickleMachine::pop_to_mark() {
  if (marks_.empty()) return broken("no mark on the stack");
  const std::size_t height = marks_.back();
  marks_.pop_back();
  std::vector<const Value*> values(stack_.begin() + static_cast<std::ptrdiff_t>(height), stack_.end());
  stack_.resize(height);
  TRY(charge(values.size() * sizeof(Value*)));
  return values;
}

Result<PickleDocument> PickleMachine::run() {
  while (true) {
    opcode_at_ = at_;
    if (at_ >= bytes_.size()) return broken("the pickle ends without STOP");
    opcode_ = std::to_integer<std::uint8_t>(bytes_[at_++]);
    if (opcode_ == '.') break;
    TRY(step(opcode_));
  }
  document_.root_ = TRY(pop());
  document_.size_ = at_;
  TRY(settle_calls());
  return std::move(document_);
}

Status PickleMachine::push_tuple(std::size_t count) {
  Value* tuple = TRY(make(PickleKind::kTuple));
  tuple->items.resize(count);
  for (std::size_t i = count; i-- > 0;) tuple->items[i] = TRY(pop());
  return push(tuple);
}

Status PickleMachine::add_items(Value& target, const std::vector<const Value*>& items) {
  auto& list = target.kind == PickleKind::kList || target.kind == PickleKind::kSet ? target.items : target.appended;
  if (target.kind != PickleKind::kList && target.kind != PickleKind::kSet && target.kind != PickleKind::kObject) {
    return broken("items added to something that is no list");
  }
  TRY(charge(items.size() * sizeof(Value*)));
  list.insert(list.end(), items.begin(), items.end());
  return {};
}

Status PickleMachine::add_pairs(Value& target, const std::vector<const Value*>& flat) {
  if (target.kind != PickleKind::kDict && target.kind != PickleKind::kObject) {
    return broken("entries added to something that is no dict");
  }
  if (flat.size() % 2 != 0) return broken("a key without a value");
  TRY(charge(flat.size() * sizeof(Value*)));
  for (std::size_t i = 0; i < flat.size(); i += 2) target.pairs.emplace_back(flat[i], flat[i + 1]);
  return {};
}

Status PickleMachine::memoize(std::uint64_t index) {
  if (memo_.size() >= limits_.memo_entries) return fail(Code::kResourceExhausted, "pickle: too many memo entries");
  TRY(charge(kMemoEntryBytes));
  memo_[index] = TRY(top());
  return {};
}

Status PickleMachine::recall(std::uint64_t index) {
  const auto found = memo_.find(index);
  if (found == memo_.end()) return broken(fmt::format("memo entry {} was never stored", index));
  return push(found->second);
}

// Records the call; entries that SETITEMS adds later go into `pairs` of the record.
Status PickleMachine::reduce(const Value* callable, const Value* arguments) {
  TRY(push_new(PickleKind::kObject));
  stack_.back()->callable = callable;
  stack_.back()->items = {arguments};
  return {};
}

}  // namespace tandem
