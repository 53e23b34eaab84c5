// SPDX-License-Identifier: Apache-2.0
// Outputs that another program computed are worth more than our own: they are kept when the model agrees with them.
#include "app/store/store_golden.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <utility>

#include "app/run/tensor_files.h"
#include "base/file.h"
#include "core/tolerance.h"
#include "formats/npz.h"
#include "pipeline/model_config.h"
#include "store/side_files.h"
#include "store/store.h"

namespace tandem::app {
namespace {

using Json = nlohmann::ordered_json;

bool is_npz_file(const std::string& path) { return path.ends_with(".npz"); }

/// From one .npz by the model's names, or from .npy files as `tandem run` takes them.
Result<GoldenVector> read_given(const StoreGoldenFlags& flags, const ModelInfo& model) {
  GoldenVector golden;
  if (flags.inputs.size() == 1 && is_npz_file(flags.inputs[0])) {
    const MappedFile file = TRY(MappedFile::open(flags.inputs[0]));
    std::vector<NamedTensor> arrays = TRY(read_npz(file.bytes()));
    for (const TensorSpec& spec : model.outputs) {
      if (const Tensor* wanted = find_tensor(arrays, spec.name)) golden.outputs.push_back({spec.name, wanted->view()});
    }
    for (const TensorSpec& spec : model.inputs) {
      if (const Tensor* input = find_tensor(arrays, spec.name)) golden.inputs.push_back({spec.name, input->view()});
    }
    return golden;
  }
  std::vector<Tensor> tensors = TRY(read_tensors(model.inputs, flags.inputs));
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (!tensors[i].empty()) golden.inputs.push_back({model.inputs[i].name, std::move(tensors[i])});
  }
  return golden;
}

Result<std::vector<Tensor>> in_order(const GoldenVector& golden, const ModelInfo& model) {
  std::vector<Tensor> inputs;
  for (const TensorSpec& spec : model.inputs) {
    const Tensor* tensor = find_tensor(golden.inputs, spec.name);
    if (tensor == nullptr && !spec.optional) {
      return invalid_argument(fmt::format("the file has no array for the input {}", to_string(spec)));
    }
    inputs.push_back(tensor == nullptr ? Tensor() : tensor->view());
  }
  return inputs;
}

Status check_agrees(const NamedTensor& wanted, const Tensor& got, double tolerance) {
  const Difference difference = compare_scaled(got, wanted.tensor, tolerance);
  if (difference.within) return {};
  return fail(Code::kFailedPrecondition,
              fmt::format("nothing was kept: output '{}' differs from that of the file by {:.3g} of its largest value "
                          "(--tolerance {:.3g}): {}",
                          wanted.name, difference.max_relative, tolerance, difference.reason));
}

/// Adds what the model answers, where the file does not say what it should.
Status complete(GoldenVector& golden, Session& session) {
  const ModelInfo& model = session.info();
  std::vector<Tensor> outputs = TRY(session.run(TRY(in_order(golden, model))));
  const bool given = !golden.outputs.empty();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!given) {
      golden.outputs.push_back({model.outputs[i].name, std::move(outputs[i])});
      continue;
    }
    for (const NamedTensor& wanted : golden.outputs) {
      if (wanted.name == model.outputs[i].name) TRY(check_agrees(wanted, outputs[i], golden.tolerance));
    }
  }
  return {};
}

struct Kept {
  StoreEntry entry;
  GoldenVector golden;
  std::filesystem::path file;
};

Result<Kept> keep(const Context& context, const StoreGoldenFlags& flags) {
  const Store store = TRY(Store::open(flags.store));
  Kept kept;
  kept.entry = TRY(store.find(flags.model));
  const std::optional<ModelConfig> config = TRY(read_model_config(kept.entry.config));
  const LoadedModel model = TRY(load_model(context, flags.session, kept.entry.weights, config ? config->engine : ""));
  kept.golden = TRY(read_given(flags, model.session->info()));
  kept.golden.tolerance = flags.tolerance;
  TRY(complete(kept.golden, *model.session));
  const std::vector<std::byte> bytes = TRY(write_golden(kept.golden));
  kept.file = TRY(put_golden(store, kept.entry.name, kept.entry.version, bytes));
  return kept;
}

void report(const Context& context, const Kept& kept) {
  const auto& [entry, golden, file] = kept;
  if (context.json) {
    const Json document = {{"name", entry.name},
                           {"version", entry.version == 0 ? Json(nullptr) : Json(entry.version)},
                           {"file", file.string()},
                           {"inputs", golden.inputs.size()},
                           {"outputs", golden.outputs.size()},
                           {"tolerance", golden.tolerance}};
    fmt::print("{}\n", document.dump(2));
    return;
  }
  fmt::print("kept {}: {} input{} and {} output{} of {}; a difference of {:.3g} of the largest value is allowed\n",
             file.string(), golden.inputs.size(), golden.inputs.size() == 1 ? "" : "s", golden.outputs.size(),
             golden.outputs.size() == 1 ? "" : "s", entry.name, golden.tolerance);
}

}  // namespace

void StoreGoldenFlags::add_to(CLI::App& verb) {
  verb.add_option("model", model, "NAME, or NAME@n for a version")->required()->type_name("NAME");
  verb.add_option("--store", store, "The store")->capture_default_str();
  verb.add_option("--input", inputs,
                  "NAME=FILE.npy for each input, or one .npz with the inputs and, if it has them, the right outputs")
      ->required()
      ->type_name("FILE");
  verb.add_option("--tolerance", tolerance, "Allowed difference, as a share of an output's largest value")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  session.add_to(verb);
}

Result<std::filesystem::path> keep_golden(const Context& context, const StoreGoldenFlags& flags) {
  return TRY(keep(context, flags)).file;
}

Status store_golden(const Context& context, const StoreGoldenFlags& flags) {
  const Kept kept = TRY(keep(context, flags));
  report(context, kept);
  return {};
}

}  // namespace tandem::app
