// SPDX-License-Identifier: Apache-2.0
// The examples that `tandem optimize` calibrates on and measures on: phantoms, scenes, arrays, folders of images.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "core/model_info.h"
#include "pipeline/pipeline.h"

namespace tandem::app {

/// The inputs of one run, and what is right for them as far as it is known.
struct Example {
  PreparedImage prepared;
  std::optional<std::int64_t> label;  // a class
  std::optional<Image> mask;          // of classes, the size of the image
  std::string caption;                // empty: unknown
};

struct ExampleSet {
  std::string description;  // "100 frames of phantom:arrest:7"; empty: there are none
  std::vector<Example> examples;
};

/// For which model. Both outlive the call.
struct ExampleReader {
  const ModelInfo& info;
  const Pipeline* pipeline = nullptr;  // null: the model has no config
};

/// Up to `count` examples, taken from the sources in turns. A source is "phantom:KIND:SEED", "scenes:SEED", a .npz with
/// an array for each input and perhaps "label", or a folder of images; where they lie in folders of their own, those
/// are named after the labels. Errors: invalid_argument (no such source, arrays that do not fit, a label the model has
/// not), failed_precondition (no config that says how an image becomes the input), those of the files.
Result<ExampleSet> read_examples(const std::vector<std::string>& sources, std::size_t count,
                                 const ExampleReader& reader);

/// Errors: invalid_argument when some source would give both sets the same examples.
Status check_apart(const std::vector<std::string>& calibration, const std::vector<std::string>& held_out);

}  // namespace tandem::app
