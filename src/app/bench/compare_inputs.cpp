// SPDX-License-Identifier: Apache-2.0
// Files by content: .npy, else an image for the pipeline.
#include "app/bench/compare_inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>

#include "app/run/tensor_files.h"
#include "base/file.h"
#include "bench/random_inputs.h"
#include "pipeline/pipeline.h"
#include "vision/decode.h"

namespace tandem::app {
namespace {

Result<std::optional<Pipeline>> make_pipeline(const ModelInfo& info, const std::filesystem::path& file) {
  std::optional<ModelConfig> config = TRY(read_model_config(file));
  if (!config) return std::optional<Pipeline>();
  return std::optional<Pipeline>(TRY(Pipeline::create(std::move(*config), info)));
}

Result<std::vector<Tensor>> read_set(const ModelInfo& info, const std::optional<Pipeline>& pipeline,
                                     const std::string& file) {
  const MappedFile mapped = TRY(MappedFile::open(file));
  if (is_npy(mapped.bytes())) return read_tensors(info.inputs, std::span(&file, 1));
  const Image image = TRY(decode_image(mapped.bytes()));
  if (!pipeline || !pipeline->takes_image()) {
    return fail(Code::kFailedPrecondition,
                "the model has no config that says how an image becomes its input; give .npy files");
  }
  PreparedImage prepared = TRY(pipeline->prepare(image));
  return std::move(prepared.inputs);
}

}  // namespace

Result<std::vector<std::vector<Tensor>>> make_input_sets(const ModelInfo& info, const CompareInputOptions& options) {
  if (options.files.empty()) return bench::make_random_sets(info.inputs, {.batch = options.batch, .dims = {}});
  std::vector<std::vector<Tensor>> sets;
  const bool named =
      std::ranges::any_of(options.files, [&](const auto& file) { return names_input(info.inputs, file); });
  if (named) {
    sets.push_back(TRY(read_tensors(info.inputs, options.files)));
    return sets;
  }
  const std::optional<Pipeline> pipeline = TRY(make_pipeline(info, options.config));
  for (const std::string& file : options.files) {
    auto set = read_set(info, pipeline, file);
    if (!set) return fail(set.error().with_context(file));
    sets.push_back(std::move(*set));
  }
  return sets;
}

}  // namespace tandem::app
