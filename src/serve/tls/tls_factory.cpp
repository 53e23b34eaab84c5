// SPDX-License-Identifier: Apache-2.0
// Looks at the files now and then, when a client comes, and makes the context anew when they are others.
#include "serve/tls/tls_factory.h"

#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <mutex>
#include <utility>

#include "base/log.h"
#include "serve/tls/tls_context.h"
#include "serve/tls/tls_stream.h"

namespace tandem::serve {
namespace {

/// What tells one content of a file from another without reading it. All 0 when the file is not there.
struct FileStamp {
  ino_t inode = 0;
  off_t size = 0;
  std::int64_t modified_s = 0;
  std::int64_t modified_ns = 0;

  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

FileStamp stamp_of(const std::filesystem::path& path) {
  struct stat found{};
  if (path.empty() || ::stat(path.c_str(), &found) != 0) return {};
  return {found.st_ino, found.st_size, found.st_mtim.tv_sec, found.st_mtim.tv_nsec};
}

class TlsFactory final {
 public:
  explicit TlsFactory(TlsOptions options) : options_(std::move(options)) {}

  Status load() {
    stamps_ = read_stamps();  // before the files: what changes while they are read is read again
    looked_ = options_.clock->now();
    TlsContext made = TRY(make_tls_context(options_));
    if (made.expires - options_.clock->wall() < options_.expiry_warning) {
      log::warning("the TLS certificate expires soon: renew it",
                   {{"file", options_.certificate.string()}, {"expires", iso8601(made.expires)}});
    }
    context_ = std::move(made.context);
    return {};
  }

  std::unique_ptr<ByteStream> accept(std::unique_ptr<ByteStream> socket) {
    const std::lock_guard lock(mutex_);
    if (options_.clock->now() - looked_ >= options_.reload_interval) follow_files();
    return make_tls_stream(std::move(socket), *context_);
  }

 private:
  using Stamps = std::array<FileStamp, 3>;

  Stamps read_stamps() const {
    return {stamp_of(options_.certificate), stamp_of(options_.key), stamp_of(options_.client_ca)};
  }

  void follow_files() {
    looked_ = options_.clock->now();
    if (read_stamps() == stamps_) return;
    if (const Status loaded = load(); !loaded) {
      log::warning("the TLS files have changed and cannot be used: the old certificate stays",
                   {{"reason", loaded.error().message}});
    } else {
      log::info("the TLS files have changed: new connections get the new certificate",
                {{"file", options_.certificate.string()}});
    }
  }

  const TlsOptions options_;
  std::mutex mutex_;       // of the io threads; taken once a connection
  ContextHandle context_;  // guarded, as what follows, by mutex_
  Stamps stamps_;
  SteadyTime looked_{};
};

}  // namespace

Result<StreamFactory> make_tls_factory(TlsOptions options) {
  const auto factory = std::make_shared<TlsFactory>(std::move(options));
  TRY(factory->load());
  return StreamFactory([factory](std::unique_ptr<ByteStream> socket) { return factory->accept(std::move(socket)); });
}

}  // namespace tandem::serve
