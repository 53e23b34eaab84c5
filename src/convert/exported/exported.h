// SPDX-License-Identifier: Apache-2.0
// A `.pt2` file of torch.export becomes an ONNX model, or a report on what is in it; no code of it is ever run.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "convert/aten/lowering.h"
#include "convert/conversion.h"

namespace tandem::convert::exported {

struct ConvertedProgram {
  Conversion conversion;             // one model; its weights borrow from the file
  std::vector<std::string> globals;  // that pickled parts of the file name, sorted
};

/// file   the bytes of the whole file
/// owner  keeps them for as long as any tensor (may be null: the caller does)
/// Errors: invalid_argument (what is wrong with the file, or with the options), unimplemented (versions, operators that
/// are not known: all of them), failed_precondition (exported in training mode), resource_exhausted.
Result<ConvertedProgram> convert_exported_program(std::span<const std::byte> file, std::shared_ptr<const void> owner,
                                                  const ConvertOptions& options);

/// What a file holds, without its weights being read.
struct ProgramReport {
  std::string torch_version;
  std::string schema;  // "8.20"
  std::string network;
  bool training_ir = false;
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> outputs;
  std::size_t weights = 0;
  std::map<std::string, std::size_t> operators;  // how often each is called
  std::vector<aten::UnknownOperator> unknown;    // those that cannot be converted
  std::vector<std::string> warnings;
};

/// Errors: as above, but operators.
Result<ProgramReport> inspect_exported_program(std::span<const std::byte> file);

}  // namespace tandem::convert::exported
