// SPDX-License-Identifier: Apache-2.0
// Pickle: reads Python pickles (protocols 0 to 5) as plain data. Nothing is ever imported or called.
//
// Source: the opcode descriptions in CPython's Lib/pickletools.py.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace tandem {

enum class PickleKind : std::uint8_t {
  kNone,
  kBool,
  kInt,     // fits int64
  kBigInt,  // little-endian two's complement in `text`
  kFloat,
  kString,  // `text`, as the pickle holds it (UTF-8)
  kBytes,   // `text`; a bytearray, too
  kList,
  kTuple,
  kDict,  // `pairs`
  kSet,
  kGlobal,      // a name only: module in `text`, attribute in `attribute`
  kObject,      // what calling `callable` would have made: see below
  kTensor,      // an object of torch or NumPy that TorchObjects::tensor makes a Tensor of
  kPersistent,  // items[0] is the id
};

/// One value. Containers refer to other values of the same PickleDocument; the references live as long as it does.
///
/// kObject is the record of a REDUCE, NEWOBJ or BUILD that was not carried out: `callable` (a kGlobal or another
/// value), items[0] the arguments, items[1] the keyword arguments where there were any, `state` what BUILD gave (or
/// null), `appended` and `pairs` what was added to it as to a list or a dict afterwards.
/// Calls whose result is plain data are settled: an OrderedDict is a kDict, a torch.Size a kTuple, set([...]) a kSet
/// (the table is in pickle_calls.cpp); `callable` and `state` stay.
struct PickleValue {
  PickleKind kind = PickleKind::kNone;
  bool boolean = false;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;
  std::string attribute;
  std::vector<const PickleValue*> items;
  std::vector<const PickleValue*> appended;
  std::vector<std::pair<const PickleValue*, const PickleValue*>> pairs;
  const PickleValue* callable = nullptr;
  const PickleValue* state = nullptr;

  /// Whether this is the global `module.attribute`, for example is_global("collections", "OrderedDict").
  bool is_global(std::string_view module, std::string_view name) const {
    return kind == PickleKind::kGlobal && text == module && attribute == name;
  }
  /// Of an object or tensor: what would have made it, as "module.Name"; "" when that is no name.
  std::string class_name() const;
  /// An argument of the call that would have made the object or tensor; null when it had fewer.
  const PickleValue* argument(std::size_t index) const;
  /// The value stored under a string key in `pairs`; the last one wins; null when absent.
  const PickleValue* get(std::string_view key) const;
};

struct PickleLimits {
  std::size_t values = 4U << 20;  // values made; one takes some 200 bytes
  std::size_t memo_entries = 4U << 20;
  std::size_t stack = 16U << 20;
  std::uint64_t string_bytes = 256U << 20;             // one string
  std::uint64_t total_bytes = std::uint64_t{1} << 29;  // all strings and containers together
};

/// A pickle, read. Owns all values. Values may be shared and may form cycles: whoever walks them bounds the depth.
class PickleDocument final {
 public:
  /// Reads one pickle from the start of `bytes`.
  /// Errors: invalid_argument naming the opcode and its offset; resource_exhausted (limits).
  static Result<PickleDocument> parse(std::span<const std::byte> bytes, PickleLimits limits = {});

  const PickleValue& root() const { return *root_; }

  /// Bytes used, up to and including STOP; another pickle may follow.
  std::size_t size() const { return size_; }

  /// Every value, in the order of making.
  const std::deque<PickleValue>& values() const { return values_; }

  /// Every global the pickle names, once, as "module.attribute", sorted: the security report of `inspect`.
  std::vector<std::string> globals() const;

 private:
  friend class PickleMachine;
  PickleDocument() = default;
  std::deque<PickleValue> values_;  // stable addresses
  const PickleValue* root_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace tandem
