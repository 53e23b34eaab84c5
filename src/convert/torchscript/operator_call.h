// SPDX-License-Identifier: Apache-2.0
// A call of torch.X by position and kind becomes one of an overload of ATen's, with its arguments by name.
#pragma once

#include <string_view>

#include "base/error.h"
#include "convert/aten/call.h"
#include "convert/torchscript/program_recorder.h"
#include "convert/torchscript/script_value.h"

namespace tandem::convert::torchscript {

/// Without outputs. Takes the overload that fits best, as TorchScript does, which saves none.
/// name  "conv2d"; "torchvision::nms" for operators of others
/// Errors: unimplemented (no overload is known that fits: the kinds of the arguments are named).
Result<aten::Call> choose_overload(std::string_view name, const ScriptArguments& arguments, ProgramRecorder& recorder);

/// ScalarType's numbers in TorchScript (c10/core/ScalarType.h); undefined for one that ONNX lacks.
DType dtype_of_code(std::int64_t code);
std::int64_t code_of_dtype(DType dtype);

}  // namespace tandem::convert::torchscript
