// SPDX-License-Identifier: Apache-2.0
// What the importers' suites share: a converted model run on golden arrays, and files counted against a cannot-list.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/engine.h"
#include "formats/named_tensor.h"
#include "graph/graph.h"

namespace tandem::conformance {

/// Of the largest magnitude of an output.
inline constexpr double kGoldenTolerance = 1e-5;

/// Errors: not_found.
Result<Tensor> golden_array(const std::vector<NamedTensor>& golden, const std::string& name);

/// The model's outputs, in its order, for the golden arrays that have its inputs' names.
Result<std::vector<Tensor>> run_on_golden(Engine& engine, const graph::Model& model,
                                          const std::vector<NamedTensor>& golden);

/// Checks every file and says what became of it. A case is called as its file is, without the ending.
/// returns   the exit status: 0 when some pass, and those fail that the list says
int check_files(const std::vector<std::filesystem::path>& files, const std::filesystem::path& cannot_list,
                const std::function<Status(const std::filesystem::path& file)>& check);

}  // namespace tandem::conformance
