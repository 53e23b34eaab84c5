// SPDX-License-Identifier: Apache-2.0
// A key is 32 random bytes or more, so a plain SHA-256 of it cannot be turned back.
#include "serve/gate/api_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/file.h"
#include "store/sha256.h"

namespace tandem::serve {
namespace {

constexpr std::uint64_t kMaximumFileBytes = 1 << 20;

/// Looks at every character, whatever the first ones say: how long it takes tells nothing.
bool equal_in_constant_time(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    difference |= static_cast<unsigned>(static_cast<unsigned char>(left[i]) ^ static_cast<unsigned char>(right[i]));
  }
  return difference == 0;
}

constexpr std::string_view kBlank = " \t\r";

/// Takes the first word off `line`; "" when there is none.
std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(kBlank));
  line.remove_prefix(word.size());
  return word;
}

Result<std::optional<ApiKey>> parse_line(std::string_view line) {
  const std::string_view name = take_word(line);
  if (name.empty() || name.front() == '#') return std::optional<ApiKey>();
  const std::string_view role = take_word(line);
  const std::string_view hash = take_word(line);
  if (hash.empty() || !take_word(line).empty())
    return invalid_argument("expected NAME ROLE SHA256 with blanks between");
  const Role parsed = TRY(parse_role(role));
  if (!is_sha256_hex(hash)) {
    return invalid_argument(
        "expected the SHA-256 of the key, 64 digits of 0-9 and a-f: printf %s \"$KEY\" | sha256sum makes it");
  }
  return ApiKey{std::string(name), parsed, std::string(hash)};
}

Status add(std::vector<ApiKey>& keys, ApiKey key) {
  for (const ApiKey& other : keys) {
    if (other.name == key.name) return invalid_argument(fmt::format("the name '{}' stands twice", key.name));
    if (other.sha256 == key.sha256) {
      return invalid_argument(fmt::format("'{}' and '{}' have the same key", other.name, key.name));
    }
  }
  if (keys.size() == ApiKeys::kMaximumKeys) {
    return invalid_argument(fmt::format("more than {} keys", ApiKeys::kMaximumKeys));
  }
  keys.push_back(std::move(key));
  return {};
}

}  // namespace

const ApiKey* ApiKeys::find(std::string_view key) const {
  const std::string hash = sha256_hex(key);
  const ApiKey* found = nullptr;
  for (const ApiKey& candidate : keys_) {
    if (equal_in_constant_time(candidate.sha256, hash)) found = &candidate;
  }
  return found;
}

Result<ApiKeys> parse_api_keys(std::string_view text) {
  std::vector<ApiKey> keys;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    auto parsed = parse_line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    Status added;
    if (!parsed) {
      added = fail(std::move(parsed).error());
    } else if (*parsed) {
      added = add(keys, std::move(**parsed));
    }
    if (!added) return fail(added.error().with_context(fmt::format("line {}", number)));
  }
  if (keys.empty()) return invalid_argument("there is no key in it: nobody could use the server");
  return ApiKeys(std::move(keys));
}

Result<ApiKeys> read_api_keys(const std::filesystem::path& file) {
  const std::string text = TRY(read_file(file, kMaximumFileBytes));
  std::error_code failed;
  const std::filesystem::perms mode = std::filesystem::status(file, failed).permissions();
  using std::filesystem::perms;
  if (!failed && (mode & (perms::group_write | perms::others_write)) != perms::none) {
    return fail(Code::kPermissionDenied,
                fmt::format("{}: others than its owner may write it, and so make themselves keys: chmod go-w {}",
                            file.string(), file.string()));
  }
  auto keys = parse_api_keys(text);
  if (!keys) return fail(keys.error().with_context(file.string()));
  return keys;
}

}  // namespace tandem::serve
