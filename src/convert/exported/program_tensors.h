// SPDX-License-Identifier: Apache-2.0
// ProgramTensors: the weights and constants of an exported program by their paths, borrowed from the file.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "convert/exported/archive.h"
#include "convert/exported/tensor_meta.h"
#include "formats/strided_tensor.h"
#include "formats/torch_objects.h"

namespace tandem::convert::exported {

/// Borrows the archive. Not thread-safe.
class ProgramTensors final {
 public:
  /// owner  keeps the file's bytes for as long as any tensor
  /// Errors: invalid_argument (what says where the tensors lie is broken); those of reading pickles.
  static Result<ProgramTensors> open(const ExportedArchive& archive, std::shared_ptr<const void> owner);

  /// A tensor of the kind; one that is not there is looked for among the other kind. Borrowed where it lies in order.
  /// Errors: invalid_argument (none of that path; outside of its record), unimplemented, resource_exhausted.
  Result<Tensor> take(TensorKind kind, const std::string& path);

  /// Code that pickled tensors name and Python would import; never run here.
  const std::vector<std::string>& globals() const { return globals_; }

 private:
  struct Payload {
    TensorKind kind = TensorKind::kWeights;
    std::string record;
    bool pickled = false;  // the record is a file of torch.save
    TensorMeta meta;
  };
  struct Pickled {
    TorchObjects* objects = nullptr;
    const PickleValue* value = nullptr;
  };
  using Entry = std::variant<Payload, Pickled>;
  using Entries = std::map<std::string, Entry, std::less<>>;

  ProgramTensors(const ExportedArchive& archive, std::shared_ptr<const void> owner);
  Status read_config(TensorKind kind, std::string_view config);
  Status read_pickled(TensorKind kind, std::span<const std::byte> bytes);
  Result<Tensor> read(const Payload& payload);
  Entries& entries(TensorKind kind) { return kind == TensorKind::kWeights ? weights_ : constants_; }

  const ExportedArchive& archive_;
  std::shared_ptr<const void> owner_;
  CopyBudget budget_;
  std::deque<TorchObjects> objects_;  // stable addresses
  Entries weights_;
  Entries constants_;
  std::vector<std::string> globals_;
};

}  // namespace tandem::convert::exported
