// SPDX-License-Identifier: Apache-2.0
// Recipe weights: state dicts of whole networks from a few numbers a tensor, the same here and in Python.
//
// The file of a case is made by tests/conformance/convert/recipe.py, which describes it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "convert/conversion.h"
#include "formats/checkpoint.h"

namespace tandem::recipe {

/// The same number in [-1, 1) for every name and index: 24 bits of a hash.
float value(std::string_view name, std::uint64_t index);

/// An output, of which every so many-th element stands in the file.
struct Expected {
  std::string name;
  Shape shape;
  std::size_t every = 1;
  std::vector<float> values;
};

/// One model of the conversion with what goes in and must come out.
struct ModelCase {
  std::string part;
  std::vector<NamedTensor> inputs;
  std::vector<Expected> outputs;
};

struct NetworkCase {
  std::string network;  // as it must be recognized; empty: as anything
  convert::ConvertOptions options;
  Checkpoint checkpoint;
  std::vector<ModelCase> models;
};

/// Errors: those of the file; data_loss (it is no case).
Result<NetworkCase> read_case(const std::filesystem::path& path);

}  // namespace tandem::recipe
