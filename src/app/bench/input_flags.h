// SPDX-License-Identifier: Apache-2.0
// InputFlags: what the verbs that measure one model feed it: random numbers of a size, or files.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "app/command.h"
#include "base/error.h"
#include "core/model_info.h"
#include "core/tensor.h"

namespace CLI {}

namespace tandem::app {

/// Must outlive the parsing of the command line.
struct InputFlags {
  std::int64_t batch = 0;          // 0: 1
  std::vector<std::string> dims;   // NAME=SIZE
  std::vector<std::string> files;  // NAME=FILE.npy

  void add_to(CLI::App& verb);
  /// One tensor for each of the model's inputs. Errors: invalid_argument, those of the files.
  Result<std::vector<Tensor>> make(const ModelInfo& info) const;
  /// Items of one run: the batch; with --input the first dimension of the first input that is given.
  std::int64_t count_items(std::span<const Tensor> inputs) const;
};

/// The size of the first dimension of the first input that is given and has one; else 1.
std::int64_t leading_size(std::span<const Tensor> inputs);

/// {"seq": 128} of "seq=128". Errors: invalid_argument.
Result<std::map<std::string, std::int64_t>> parse_dims(const std::vector<std::string>& arguments);

/// "input: float32[1,3,224,224]": those that are given.
std::string describe_given(const ModelInfo& info, std::span<const Tensor> inputs);

}  // namespace tandem::app
