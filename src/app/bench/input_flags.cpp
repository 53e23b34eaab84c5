// SPDX-License-Identifier: Apache-2.0
// From flags to tensors.
#include "app/bench/input_flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "app/run/tensor_files.h"
#include "bench/random_inputs.h"

namespace tandem::app {

Result<std::map<std::string, std::int64_t>> parse_dims(const std::vector<std::string>& arguments) {
  std::map<std::string, std::int64_t> dims;
  for (const std::string& argument : arguments) {
    const auto equals = argument.find('=');
    std::int64_t size = 0;
    if (equals == std::string::npos || !CLI::detail::lexical_cast(argument.substr(equals + 1), size) || size < 0) {
      return invalid_argument(fmt::format("--dim expects NAME=SIZE, got '{}'", argument));
    }
    dims[argument.substr(0, equals)] = size;
  }
  return dims;
}

void InputFlags::add_to(CLI::App& verb) {
  verb.add_option("--batch", batch, "Size of the first dimension, where the model leaves it open; 1 if not given")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("B");
  verb.add_option("--dim", dims, "Size of another open dimension; 1 if not given")->type_name("NAME=SIZE");
  verb.add_option("--input", files, "A tensor instead of random numbers")->type_name("NAME=FILE.npy");
}

Result<std::vector<Tensor>> InputFlags::make(const ModelInfo& info) const {
  if (!files.empty()) return read_tensors(info.inputs, files);
  bench::RandomInputOptions options;
  options.batch = std::max<std::int64_t>(1, batch);
  options.dims = TRY(parse_dims(dims));
  return bench::make_random_inputs(info.inputs, options);
}

std::int64_t InputFlags::count_items(std::span<const Tensor> inputs) const {
  return files.empty() ? std::max<std::int64_t>(1, batch) : leading_size(inputs);
}

std::int64_t leading_size(std::span<const Tensor> inputs) {
  for (const Tensor& input : inputs) {
    if (!input.empty() && input.shape().rank() > 0) return input.shape()[0];
  }
  return 1;
}

std::string describe_given(const ModelInfo& info, std::span<const Tensor> inputs) {
  std::string text;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].empty()) continue;
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", info.inputs[i].name, to_string(inputs[i]));
  }
  return text;
}

}  // namespace tandem::app
