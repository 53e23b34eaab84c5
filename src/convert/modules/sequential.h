// SPDX-License-Identifier: Apache-2.0
// A whole pickled nn.Sequential becomes ONNX: of all modules it alone says, without code, in which order its layers
// run.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"
#include "convert/conversion.h"
#include "formats/checkpoint.h"

namespace tandem::convert {

/// Whether the checkpoint is a pickled module that can be rebuilt from its layers: an nn.Sequential.
bool is_sequential(const Checkpoint& checkpoint);

/// The input is called "input"; its shape comes from ConvertOptions::input_shapes, else from the first layer, with what
/// that does not tell left dynamic. The tensors are borrowed from the checkpoint, which must outlive the conversion.
/// Errors: unimplemented (layers that are not known, all of them named); invalid_argument (a layer's settings or
/// weights do not fit; the input's shape is needed: the sentence says the option).
Result<Conversion> convert_sequential(const Checkpoint& checkpoint, const ConvertOptions& options);

/// For a module that cannot be rebuilt: why, and the command that makes a .pt2 of the file, which runs its code.
std::string export_advice(const std::filesystem::path& file, const std::string& class_name);

}  // namespace tandem::convert
