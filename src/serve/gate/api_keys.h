// SPDX-License-Identifier: Apache-2.0
// ApiKeys: who may do what, by the hash of their key; made from the file of --api-keys (docs/formats/api-keys.md).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "serve/gate/access_rule.h"

namespace tandem::serve {

struct ApiKey {
  std::string name;    // for people and logs; never secret
  Role role;           // kRead, kInfer or kAdmin
  std::string sha256;  // of the key, 64 lower-case hexadecimal digits
};

/// Immutable.
class ApiKeys final {
 public:
  static constexpr std::size_t kMaximumKeys = 4096;

  explicit ApiKeys(std::vector<ApiKey> keys) : keys_(std::move(keys)) {}

  /// The entry of a key; null when there is none. Takes as long whichever entry fits, and whether one does.
  const ApiKey* find(std::string_view key) const;
  std::size_t size() const { return keys_.size(); }

 private:
  std::vector<ApiKey> keys_;
};

/// One key a line, `NAME ROLE SHA256`; lines that are empty or begin with '#' say nothing.
/// Errors: invalid_argument with the line's number (not three fields, a role or a hash that is none, a name or a hash
/// that stands twice, no key at all, more than kMaximumKeys).
Result<ApiKeys> parse_api_keys(std::string_view text);

/// Errors: those of parse_api_keys with the file's name; those of the file; permission_denied when others than its
/// owner may write it.
Result<ApiKeys> read_api_keys(const std::filesystem::path& file);

}  // namespace tandem::serve
