// SPDX-License-Identifier: Apache-2.0
// Fuzzes who may call what: the first byte chooses between the file of keys and the rule of a path.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "serve/gate/access_rule.h"
#include "serve/gate/api_keys.h"

namespace {

using tandem::serve::AccessRule;
using tandem::serve::Role;

// Beside those below /v2/ and /api/models/.
constexpr std::array<std::string_view, 4> kPostedWithoutAdmin = {"/inference", "/grpc.health.v1.Health",
                                                                 "/grpc.reflection.v1.ServerReflection",
                                                                 "/grpc.reflection.v1alpha.ServerReflection"};

void read_keys(std::string_view text) {
  const auto keys = tandem::serve::parse_api_keys(text);
  if (keys && (keys->size() == 0 || keys->size() > tandem::serve::ApiKeys::kMaximumKeys)) __builtin_trap();
  if (!keys && !keys.error().message.starts_with("line ") && !keys.error().message.starts_with("there is no key")) {
    __builtin_trap();
  }
}

/// Nothing but the table's own paths may write without the role of an administrator.
void rule_path(std::string_view path) {
  const AccessRule rule = tandem::serve::access_rule("DELETE", path);
  if (rule.role != Role::kAdmin) __builtin_trap();
  const AccessRule posted = tandem::serve::access_rule("POST", path);
  if (posted.role == Role::kAdmin || path.starts_with("/v2/") || path.starts_with("/api/models/")) return;
  for (const std::string_view own : kPostedWithoutAdmin) {
    if (path.starts_with(own)) return;
  }
  __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data + 1), size - 1);
  data[0] % 2 == 0 ? read_keys(rest) : rule_path(rest);
  return 0;
}
