// SPDX-License-Identifier: Apache-2.0
// The files of a store beside its models: golden vectors, one a version, and rollouts, one a name.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

#include "base/error.h"
#include "store/store.h"
#include "store/store_writer.h"

namespace tandem {

/// golden/NAME@n.npz; golden/NAME.npz for version 0, a model that the store keeps no versions of.
std::filesystem::path golden_file(const std::filesystem::path& store, std::string_view name, int version);

/// What a version answered when it was found good (docs/formats/store.md); empty when there is no such file.
/// Errors: invalid_argument (the name or the version).
Result<std::filesystem::path> find_golden(const Store& store, std::string_view name, int version);

/// rollouts/NAME.yaml; empty when the store says nothing of which versions are to be served. Errors: invalid_argument.
Result<std::filesystem::path> find_rollout(const Store& store, std::string_view name);

/// Replaces the golden vector of a version, under the store's lock. Returns the file. Errors: not_found (the version),
/// those of writing, unavailable (another writer).
Result<std::filesystem::path> put_golden(const Store& store, std::string_view name, int version,
                                         std::span<const std::byte> npz, const StoreWriterOptions& options = {});

}  // namespace tandem
