// SPDX-License-Identifier: Apache-2.0
// ExportedArchive: the members of a `.pt2` file by what they are for, in each of the layouts that PyTorch has written.
//
// Source: docs/convert/pt2.md.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "formats/zip_archive.h"

namespace tandem::convert::exported {

/// Which tensors of a program.
enum class TensorKind { kWeights, kConstants };

/// Borrows the file's bytes.
class ExportedArchive final {
 public:
  /// Errors: invalid_argument (no such archive, members missing or compressed), unimplemented (compiled code, more than
  /// one model, big-endian files).
  static Result<ExportedArchive> open(std::span<const std::byte> file);

  /// The ExportedProgram as JSON.
  std::string_view program() const { return program_; }

  /// What says where the tensors lie: empty when there is none.
  struct Tensors {
    std::string_view config;             // JSON: a payload config (PyTorch 2.9 and later)
    std::span<const std::byte> pickled;  // or a file of torch.save with a dict (before)
  };
  Result<Tensors> tensors(TensorKind kind) const;
  /// The bytes of a record of a payload config. Errors: invalid_argument (no such member).
  Result<std::span<const std::byte>> record(TensorKind kind, std::string_view name) const;

  /// The file of torch.save with what the network was exported with: a tuple of arguments and a dict. May be empty.
  std::span<const std::byte> sample_inputs() const;

  std::size_t file_bytes() const { return file_bytes_; }

 private:
  explicit ExportedArchive(ZipArchive archive) : archive_(std::move(archive)) {}
  Status find_flat();
  Status find_foldered();
  Result<std::span<const std::byte>> bytes_of(const std::string& member) const;
  std::span<const std::byte> bytes_or_nothing(const std::string& member) const;

  ZipArchive archive_;
  std::string root_;   // "archive/"; "" in the flat layout
  std::string model_;  // "model"; "" in the flat layout
  std::string_view program_;
  std::size_t file_bytes_ = 0;
};

}  // namespace tandem::convert::exported
