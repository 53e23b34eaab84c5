// SPDX-License-Identifier: Apache-2.0
// SHA-256 of texts, of files, and of bytes as they go by.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/error.h"

namespace tandem {

using Sha256Digest = std::array<std::byte, 32>;

/// A running hash. Call order: `update* (digest | hex)`.
class Sha256 final {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::span<const std::byte> bytes);
  Sha256Digest digest();
  /// 64 lower-case hexadecimal digits.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256_hex(std::string_view bytes);

/// The hash and the size of a file's content.
struct FileDigest {
  std::string sha256;
  std::uint64_t bytes = 0;

  friend bool operator==(const FileDigest&, const FileDigest&) = default;
};

/// Errors: not_found, permission_denied, invalid_argument (not a regular file), cancelled (by `stop`), internal.
Result<FileDigest> digest_file(const std::filesystem::path& file, const std::stop_token& stop = {});

/// Whether the text is 64 lower-case hexadecimal digits; only then may it become part of a path.
bool is_sha256_hex(std::string_view text);

}  // namespace tandem
