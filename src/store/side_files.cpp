// SPDX-License-Identifier: Apache-2.0
// Plain files that people may put there too.
#include "store/side_files.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/file.h"
#include "store/store_files.h"
#include "store/store_layout.h"
#include "store/store_transaction.h"
#include "store/version_record.h"
#include "store/versioned_name.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

std::string label_of(std::string_view name, int version) {
  return version == 0 ? std::string(name) : fmt::format("{}@{}", name, version);
}

}  // namespace

fs::path golden_file(const fs::path& store, std::string_view name, int version) {
  return store / "golden" / fmt::format("{}.npz", label_of(name, version));
}

Result<fs::path> find_golden(const Store& store, std::string_view name, int version) {
  const VersionedName wanted = TRY(VersionedName::parse(label_of(name, version)));
  const fs::path file = golden_file(store.folder(), wanted.name, version);
  if (is_plain_file(file)) return file;
  const auto record = read_record({store.folder()}, wanted.name);
  const bool has_versions = !record || (*record && (*record)->latest() != nullptr);
  const fs::path unversioned = golden_file(store.folder(), wanted.name, 0);
  return !has_versions && is_plain_file(unversioned) ? unversioned : fs::path();
}

Result<fs::path> find_rollout(const Store& store, std::string_view name) {
  const VersionedName wanted = TRY(VersionedName::parse(name));
  const fs::path file = store.folder() / "rollouts" / fmt::format("{}.yaml", wanted.name);
  return is_plain_file(file) ? file : fs::path();
}

Result<fs::path> put_golden(const Store& store, std::string_view name, int version, std::span<const std::byte> npz,
                            const StoreWriterOptions& options) {
  const StoreTransaction transaction = TRY(StoreTransaction::begin({store.folder()}, options));
  const StoreEntry entry = TRY(store.find(label_of(name, version)));
  const fs::path file = golden_file(store.folder(), entry.name, version);
  TRY(make_folders(file.parent_path()));
  TRY(write_file_atomic(file, as_text(npz)));
  return file;
}

}  // namespace tandem
