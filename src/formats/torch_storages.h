// SPDX-License-Identifier: Apache-2.0
// TorchStorages: the raw elements that the tensors of a torch file are views of, by the keys that its pickle uses.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "formats/pickle.h"
#include "formats/zip_archive.h"

namespace tandem {

/// Borrows the file's bytes.
struct TorchStorages {
  std::map<std::string, std::span<const std::byte>, std::less<>> by_key;
  bool big_endian = false;
};

/// Of a zip: the members of a folder ("archive/data/"), which are stored.
/// Errors: invalid_argument (a compressed member, a byte order that is no word of torch's).
Result<TorchStorages> zip_storages(const ZipArchive& archive, std::string_view folder);

/// A file of torch before 1.6: its object and its storages.
struct LegacyTorchFile {
  PickleDocument document;
  TorchStorages storages;
};
Result<LegacyTorchFile> read_legacy_torch(std::span<const std::byte> file);

}  // namespace tandem
