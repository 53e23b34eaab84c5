// SPDX-License-Identifier: Apache-2.0
// All families in one look-up, made when it is first asked.
#include "convert/aten/operators.h"

#include <map>
#include <string>

#include "convert/aten/liveness.h"

namespace tandem::convert::aten {
namespace {

using Table = std::map<std::string_view, const Operator*, std::less<>>;

Table make_table() {
  Table table;
  const auto take = [&](std::span<const Operator> family) {
    for (const Operator& entry : family) table.emplace(entry.name, &entry);
  };
#define TANDEM_TAKE_FAMILY(family) take(family##_operators());
  TANDEM_ATEN_FAMILIES(TANDEM_TAKE_FAMILY)
#undef TANDEM_TAKE_FAMILY
  return table;
}

}  // namespace

const Operator* find_operator(const Call& call) {
  static const Table table = make_table();
  const auto find = [&](std::string_view name) {
    const auto found = table.find(name);
    return found == table.end() ? nullptr : found->second;
  };
  if (const Operator* found = find(full_name(call))) return found;
  if (const Operator* found = find(call.name)) return found;
  if (!is_in_place(call)) return nullptr;
  Call plain;
  plain.name = call.name.substr(0, call.name.size() - 1);
  plain.overload = call.overload;
  if (const Operator* found = find(full_name(plain))) return found;
  return find(plain.name);
}

}  // namespace tandem::convert::aten
