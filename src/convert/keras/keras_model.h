// SPDX-License-Identifier: Apache-2.0
// Keras models to ONNX: .keras archives of Keras 3 and whole models in .h5 of Keras 2 and 3. What is converted, and
// how: docs/convert/keras.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "convert/conversion.h"
#include "convert/keras/config_value.h"
#include "formats/hdf5/hdf5_file.h"

namespace tandem::convert::keras {

/// What a file holds, before it is converted.
struct KerasFile {
  std::string format;                 // "Keras archive", "Keras HDF5"
  std::string version;                // of Keras, "3.15.1"; "" when the file does not say
  ConfigValue config;                 // of the model, {class_name, config}
  std::shared_ptr<const void> owner;  // of the weights' bytes
  std::shared_ptr<const hdf5::File> weights;
  std::string weights_group;  // where in the weights file the layers are
  bool legacy = false;        // weights are filed as lists, not as a tree
};

/// The bytes of a .keras or .h5 file; `owner` keeps them. Errors: those of the readers; invalid_argument for a file
/// that holds weights only, saying what to save instead.
Result<KerasFile> read_keras(std::span<const std::byte> bytes, std::shared_ptr<const void> owner);

/// Errors: unimplemented, naming every layer that is not known; invalid_argument (the configuration or weights do not
/// fit together).
Result<Conversion> convert_keras(const KerasFile& file, const ConvertOptions& options = {});

/// What `tandem inspect` shows.
struct KerasSummary {
  std::string model;  // class and name
  std::size_t layers = 0;
  std::uint64_t parameters = 0;
  std::vector<std::string> unknown;                          // layers that cannot be converted
  std::vector<std::pair<std::string, std::size_t>> classes;  // how often, most first
};
Result<KerasSummary> summarize_keras(const KerasFile& file);

}  // namespace tandem::convert::keras
