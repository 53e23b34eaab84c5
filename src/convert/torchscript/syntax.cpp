// SPDX-License-Identifier: Apache-2.0
// Looking things up in the tree.
#include "convert/torchscript/syntax.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem::convert::torchscript {
namespace {

template <typename Entry>
const Entry* named(const std::vector<Entry>& entries, std::string_view wanted) {
  const auto found = std::ranges::find(entries, wanted, &Entry::name);
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace

std::string Expression::dotted() const {
  if (kind == ExpressionKind::kName) return text;
  if (kind != ExpressionKind::kAttribute) return {};
  const std::string before = items[0].dotted();
  return before.empty() ? before : fmt::format("{}.{}", before, text);
}

const Function* Class::method(std::string_view wanted) const { return named(methods, wanted); }
const ClassField* Class::field(std::string_view wanted) const { return named(fields, wanted); }

}  // namespace tandem::convert::torchscript
