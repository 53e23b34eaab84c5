// SPDX-License-Identifier: Apache-2.0
// OpenSSL's EVP digests behind store/sha256.h.
#include "store/sha256.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "base/check.h"
#include "base/descriptor.h"

namespace tandem {

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  CHECK(state_->context != nullptr);
  CHECK(EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1);
}

Sha256::~Sha256() { EVP_MD_CTX_free(state_->context); }

void Sha256::update(std::span<const std::byte> bytes) {
  CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

Sha256Digest Sha256::digest() {
  Sha256Digest digest{};
  unsigned int size = 0;
  CHECK(EVP_DigestFinal_ex(state_->context, reinterpret_cast<unsigned char*>(digest.data()), &size) == 1);
  CHECK(size == digest.size());
  return digest;
}

std::string Sha256::hex() {
  std::string text;
  for (const std::byte byte : digest()) text += fmt::format("{:02x}", static_cast<unsigned>(byte));
  return text;
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 hash;
  hash.update(std::as_bytes(std::span(bytes)));
  return hash.hex();
}

Result<FileDigest> digest_file(const std::filesystem::path& file, const std::stop_token& stop) {
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return fail(errno_error("open", file));
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return fail(errno_error("read", file));
  if (!S_ISREG(info.st_mode)) return invalid_argument(fmt::format("{} is not a regular file", file.string()));
  Sha256 hash;
  FileDigest digest;
  std::vector<std::byte> block(std::size_t{1} << 20);
  for (;;) {
    if (stop.stop_requested()) return fail(Code::kCancelled, file.string() + " was not hashed to its end");
    const ssize_t got = ::read(fd.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(errno_error("read", file));
    if (got == 0) break;
    hash.update(std::span(block).first(static_cast<std::size_t>(got)));
    digest.bytes += static_cast<std::uint64_t>(got);
  }
  digest.sha256 = hash.hex();
  return digest;
}

bool is_sha256_hex(std::string_view text) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.size() == 64 && std::all_of(text.begin(), text.end(), is_digit);
}

}  // namespace tandem
