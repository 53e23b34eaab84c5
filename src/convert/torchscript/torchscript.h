// SPDX-License-Identifier: Apache-2.0
// A TorchScript file (torch.jit.save) becomes an ONNX model, or a report on what is in it; no code of it is ever run.
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

namespace tandem::convert::torchscript {

struct ConvertedScript {
  Conversion conversion;             // one model; its weights borrow from the file
  std::vector<std::string> globals;  // that its pickles name; classes of the file's own code are not among them
};

/// file   the bytes of the whole file
/// owner  keeps them for as long as any tensor (may be null: the caller does)
/// Errors: invalid_argument (what is wrong with the file, or with the options; the shape of an input is not known),
/// unimplemented (operators that are not known, all of them; code that depends on the values of inputs),
/// failed_precondition (saved in training mode), resource_exhausted.
Result<ConvertedScript> convert_torchscript(std::span<const std::byte> file, std::shared_ptr<const void> owner,
                                            const ConvertOptions& options);

/// What a file holds, without its weights being converted.
struct ScriptReport {
  std::string version;  // of the archive
  std::string network;  // "torchvision.models.resnet.ResNet"
  std::vector<TensorSpec> inputs;
  std::size_t weights = 0;
  std::map<std::string, std::size_t> operators;  // how often each is called
  std::vector<aten::UnknownOperator> unknown;    // those that cannot be converted
  std::string not_convertible;                   // why the code cannot be followed; "" when it can
};

/// Errors: those of reading the file.
Result<ScriptReport> inspect_torchscript(std::span<const std::byte> file);

}  // namespace tandem::convert::torchscript
