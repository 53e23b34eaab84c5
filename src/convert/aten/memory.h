// SPDX-License-Identifier: Apache-2.0
// Memory: what the names of a program stand for, and which of them share memory, so that writes reach all of them.
//
// PyTorch's tensors may be views of each other and may be written in place; ONNX's values never change. Each name is
// bound to the value of the graph that holds what the tensor holds at this point of the program. A write binds the
// name anew and every name that it is a view of; other views of the same memory are then behind, and are made anew
// from their base when they are read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "convert/aten/value.h"

namespace tandem::convert::aten {

/// How a name is a view of another.
struct ViewOf {
  std::string base;
  const Call* call = nullptr;  // that made it
  std::size_t output = 0;      // which of the call's outputs it is
};

/// Not thread-safe.
class Memory final {
 public:
  /// Memory of its own. A name that is known already is bound anew.
  void define(const std::string& name, Value value);
  /// Memory that it shares with view.base, which is known.
  void define_view(const std::string& name, Value value, ViewOf view);
  /// Another name of the same tensor.
  void define_alias(const std::string& name, const std::string& of);
  void define_size(const std::string& name, Size size);

  bool has(std::string_view name) const { return find(name) != nullptr; }
  /// What the name was bound to last; null when it is unknown. Look at `behind` first.
  const Value* value(std::string_view name) const;
  const Size* size(std::string_view name) const;

  /// Whether its memory was written after the value was made.
  bool behind(std::string_view name) const;
  /// Null when it is no view.
  const ViewOf* view(std::string_view name) const;
  /// How many views lie between the name and memory of its own.
  std::size_t depth(std::string_view name) const;
  /// The name that others of the same tensor are aliases of.
  const std::string& canonical(const std::string& name) const;

  /// Binds a view that was behind to what its call gave now.
  void refresh(const std::string& name, Value value);
  /// Binds names that share their memory to what they hold after a write: [0] is the name that was written, each
  /// other one the base of the one before.
  void write(const std::vector<std::pair<std::string, Value>>& chain);

 private:
  struct Entry {
    Value value;
    ViewOf view;             // base "": memory of its own
    std::uint64_t made = 0;  // the version of the memory that `value` is of
    std::size_t depth = 0;
    std::uint64_t version = 0;  // of the memory; counted at its owner
  };
  const Entry* find(std::string_view name) const;
  Entry& owner_of(std::string_view name);
  const Entry& owner_of(std::string_view name) const;

  std::map<std::string, Entry, std::less<>> entries_;
  std::map<std::string, std::string, std::less<>> aliases_;
  std::map<std::string, Size, std::less<>> sizes_;
};

}  // namespace tandem::convert::aten
