// SPDX-License-Identifier: Apache-2.0
// The conformance of whole-model importers: every model file of a folder, imported, answers as its framework did.
// import_conformance FOLDER CANNOT_LIST [NAME...]
// FOLDER/NAME.* stand beside FOLDER/NAME.npz: inputs by name, outputs by name or as output_0, output_1 ... in their
// order. NAME_core.* has the arrays of NAME.
#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/file.h"
#include "base/log.h"
#include "conformance/golden_cases.h"
#include "convert/importer/importer.h"
#include "core/tolerance.h"
#include "engines/onnxruntime/onnxruntime_engine.h"
#include "formats/npz.h"
#include "graph/opset/convert_opset.h"

namespace tandem::conformance {
namespace {

namespace fs = std::filesystem;

/// The sizes that the model states must be those that come.
Status check_spec(const TensorSpec& spec, const Tensor& output) {
  if (spec.shape.accepts(output.shape())) return {};
  return fail(Code::kDataLoss, fmt::format("'{}' is stated as {} and came as {}", spec.name, to_string(spec.shape),
                                           to_string(output.shape())));
}

/// By its name, else by its place.
Result<Tensor> find_output(const std::vector<NamedTensor>& golden, const std::string& name, std::size_t index) {
  if (find_tensor(golden, name) != nullptr) return golden_array(golden, name);
  return golden_array(golden, fmt::format("output_{}", index));
}

struct Comparison {
  std::string wrong;  // a line for each output that differs
  double worst = 0;   // difference, of the output's largest magnitude
};

Status compare_output(const TensorSpec& spec, const Tensor& got, const Tensor& want, Comparison& comparison) {
  TRY(check_spec(spec, got));
  const Difference difference = compare_scaled(got, want, kGoldenTolerance);
  if (!difference.within) comparison.wrong += fmt::format("\n        '{}': {}", spec.name, difference.reason);
  if (difference.largest > 0) {
    comparison.worst = std::max(comparison.worst, difference.max_absolute / difference.largest);
  }
  return {};
}

Status check_outputs(const graph::Model& model, const std::vector<NamedTensor>& golden, Engine& engine) {
  const auto outputs = TRY(run_on_golden(engine, model, golden));
  if (outputs.size() + model.graph.inputs.size() != golden.size())
    return internal_error("not every output was compared");
  Comparison comparison;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const TensorSpec& spec = model.graph.outputs[i];
    TRY(compare_output(spec, outputs[i], TRY(find_output(golden, spec.name, i)), comparison));
  }
  if (!comparison.wrong.empty()) return fail(Code::kDataLoss, comparison.wrong);
  const auto transposes = std::ranges::count(model.graph.nodes, "Transpose", &graph::Node::op_type);
  fmt::print("        {} outputs differ by at most {:.2g} of their largest; {} nodes, {} of them Transpose\n",
             outputs.size(), comparison.worst, model.graph.nodes.size(), transposes);
  return {};
}

/// Beside the model; the two forms of one program share theirs.
fs::path arrays_of(const fs::path& file) {
  std::string name = file.stem().string();
  if (name.ends_with("_core")) name.resize(name.size() - 5);
  return file.parent_path() / (name + ".npz");
}

/// What was imported at a newer opset must give the same at the default one, where that can say it at all.
Status check_default_opset(graph::Model model, const std::vector<NamedTensor>& golden, Engine& engine) {
  const std::int64_t wanted = convert::ConvertOptions().opset;
  const std::int64_t imported = model.opset();
  if (imported <= wanted) return {};
  if (const Status written = graph::convert_opset(model, wanted); !written) {
    fmt::print("        of opset {} only: {}\n", imported, written.error().message);
    return {};
  }
  const Status same = check_outputs(model, golden, engine);
  return same ? Status() : fail(same.error().with_context(fmt::format("at opset {}", wanted)));
}

Status check_file(Engine& engine, const fs::path& file) {
  convert::ImportedModel imported = TRY(convert::import_model(file));
  const convert::Conversion& conversion = imported.conversion;
  if (!conversion.unused.empty()) return internal_error("the tensor '" + conversion.unused.front() + "' is not used");
  const MappedFile arrays = TRY(MappedFile::open(arrays_of(file)));
  const std::vector<NamedTensor> golden = TRY(read_npz(arrays.bytes()));
  graph::Model model = std::move(imported.conversion.models.front().model);
  TRY(check_outputs(model, golden, engine));
  return check_default_opset(std::move(model), golden, engine);
}

std::vector<fs::path> model_files(const fs::path& folder, std::span<char*> names) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string stem = entry.path().stem().string();
    const bool is_wanted =
        names.empty() || std::ranges::any_of(names, [&](const char* wanted) { return stem == wanted; });
    if (entry.path().extension() != ".npz" && is_wanted) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

int run_suite(const fs::path& folder, const fs::path& list_path, std::span<char*> names) {
  log::configure(log::Level::kOff, log::Format::kText);
  const auto engine = make_onnxruntime_engine();
  return check_files(model_files(folder, names), list_path,
                     [&](const fs::path& file) { return check_file(*engine, file); });
}

}  // namespace
}  // namespace tandem::conformance

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: {} FOLDER CANNOT_LIST [NAME...]\n", argv[0]);
    return 2;
  }
  const std::span arguments(argv, static_cast<std::size_t>(argc));
  return tandem::conformance::run_suite(argv[1], argv[2], arguments.subspan(3));
}
