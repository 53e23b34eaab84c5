// SPDX-License-Identifier: Apache-2.0
// Whole models with ONNX Runtime: what it makes of them before and after every pass and in every opset, and the shape
// of every value between against infer_shapes. usage: graph_conformance FOLDER_OF_MODELS...
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/log.h"
#include "base/scratch_folder.h"
#include "core/tolerance.h"
#include "engines/onnxruntime/onnxruntime_engine.h"
#include "graph/onnx_reader.h"
#include "graph/onnx_writer.h"
#include "graph/opset/convert_opset.h"
#include "graph/passes/simplify.h"
#include "graph/shapes/infer_shapes.h"
#include "support/small_networks.h"

namespace tandem::conformance {
namespace {

namespace fs = std::filesystem;
using graph::Model;

/// Open dimensions are 2; floats are random, integers 0 and 1 in turns.
Result<std::vector<Tensor>> inputs_of(const ModelInfo& info) {
  std::vector<Tensor> inputs;
  for (const TensorSpec& spec : info.inputs) {
    std::vector<std::int64_t> sizes;
    for (const Dim& dim : spec.shape.dims) sizes.push_back(dim.is_fixed() ? dim.size : 2);
    if (spec.dtype == DType::kFloat32) {
      inputs.push_back(small_networks::random_tensor(Shape(sizes), static_cast<unsigned>(inputs.size() + 1)));
      continue;
    }
    Tensor tensor = TRY(Tensor::allocate(spec.dtype, Shape(sizes)));
    std::fill(tensor.mutable_bytes().begin(), tensor.mutable_bytes().end(), std::byte{0});
    if (spec.dtype == DType::kInt64) {
      for (std::size_t i = 0; i < tensor.element_count(); ++i) {
        tensor.mutable_values<std::int64_t>()[i] = static_cast<std::int64_t>(i % 2);
      }
    }
    inputs.push_back(std::move(tensor));
  }
  return inputs;
}

using Values = std::vector<std::pair<std::string, Tensor>>;  // outputs by their names

SessionOptions one_thread() {
  SessionOptions options;
  options.threads = 1;
  return options;
}

Result<Values> run(Session& session) {
  const std::vector<Tensor> inputs = TRY(inputs_of(session.info()));
  std::vector<Tensor> outputs = TRY(session.run(inputs));
  Values named;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    named.emplace_back(session.info().outputs[i].name, std::move(outputs[i]));
  }
  return named;
}

Result<Values> run(Engine& engine, const Model& model) {
  const std::string bytes = TRY(encode_onnx(model)).bytes();
  const auto session = TRY(engine.load_bytes(std::as_bytes(std::span(bytes)), one_thread()));
  return run(*session);
}

Status compare_runs(const Values& want, const Values& got) {
  if (want.size() != got.size()) return internal_error("the number of outputs has changed");
  for (std::size_t i = 0; i < want.size(); ++i) {
    if (want[i].first != got[i].first) return internal_error("an output has another name");
    const Difference difference = compare_scaled(got[i].second, want[i].second, 1e-4);
    if (!difference.within) return internal_error(want[i].first + ": " + difference.reason);
  }
  return {};
}

class ModelCase final {
 public:
  ModelCase(Engine& engine, fs::path path) : engine_(engine), path_(std::move(path)) {}

  Status check() {
    const Model original = TRY(read_onnx_file(path_));
    const auto want = TRY(run(engine_, original));
    TRY(check_shapes());
    for (const graph::Pass& pass : graph::all_passes()) TRY(check_pass(pass, want));
    TRY(check_all(want));
    TRY(check_external(want));
    for (std::int64_t opset = graph::kLowestOpset; opset <= graph::kHighestOpset; ++opset)
      TRY(check_opset(opset, want));
    return {};
  }

  int refused() const { return refused_; }

 private:
  /// Every value between becomes an output.
  Status check_shapes() const {
    Model model = TRY(read_onnx_file(path_));
    const graph::Facts facts = graph::infer_shapes(model.graph);
    std::set<std::string> outputs;
    for (const TensorSpec& output : model.graph.outputs) outputs.insert(output.name);
    for (const graph::Node& node : model.graph.nodes) {
      for (const std::string& value : node.outputs) {
        const graph::ValueFacts& known = graph::facts_of(facts, value);
        const bool is_new = !value.empty() && known.dtype != DType::kUndefined && outputs.insert(value).second;
        if (is_new) model.graph.outputs.push_back({value, known.dtype, {{}, true}, false});
      }
    }
    const Values values = TRY(run(engine_, model));
    for (const auto& [name, tensor] : values) {
      const SymbolicShape& shape = graph::facts_of(facts, name).shape;
      if (!shape.accepts(tensor.shape())) {
        return internal_error(fmt::format("infer_shapes says {} of '{}', which is {}", to_string(shape), name,
                                          to_string(tensor.shape())));
      }
    }
    return {};
  }

  Status check_pass(const graph::Pass& pass, const Values& want) const {
    Model model = TRY(read_onnx_file(path_));
    graph::PassOptions options;
    for (const graph::Pass& other : graph::all_passes()) options.off.insert(std::string(other.name));
    options.off.erase(std::string(pass.name));
    options.added.insert(std::string(pass.name));
    return check_simplified(model, options, want, pass.name);
  }

  Status check_all(const Values& want) const {
    Model model = TRY(read_onnx_file(path_));
    return check_simplified(model, {}, want, "all passes");
  }

  Status check_simplified(Model& model, const graph::PassOptions& options, const Values& want,
                          std::string_view what) const {
    const auto report = graph::simplify(model, options);
    if (!report) return fail(report.error().with_context(what));
    const auto got = run(engine_, model);
    if (!got) return fail(got.error().with_context(what));
    const Status same = compare_runs(want, *got);
    return same ? Status() : fail(same.error().with_context(what));
  }

  /// With its weights in a second file, which ONNX Runtime finds.
  Status check_external(const Values& want) const {
    const Model model = TRY(read_onnx_file(path_));
    const auto folder = TRY(ScratchFolder::make(fs::temp_directory_path(), "tandem-conformance-"));
    OnnxFileOptions options;
    options.limit_bytes = 0;
    const auto files = TRY(write_onnx(model, folder->path() / "model.onnx", options));
    const auto session = TRY(engine_.load(files.front(), one_thread()));
    const Status same = compare_runs(want, TRY(run(*session)));
    return same ? Status() : fail(same.error().with_context("weights in another file"));
  }

  Status check_opset(std::int64_t opset, const Values& want) {
    const std::string what = fmt::format("opset {}", opset);
    Model model = TRY(read_onnx_file(path_));
    const Status converted = graph::convert_opset(model, opset);
    if (!converted && converted.error().code == Code::kInvalidArgument) {
      fmt::print("        {}: {}\n", what, converted.error().message);
      ++refused_;
      return {};
    }
    if (!converted) return fail(converted.error().with_context(what));
    const auto got = run(engine_, model);
    if (!got) return fail(got.error().with_context(what));
    const Status same = compare_runs(want, *got);
    return same ? Status() : fail(same.error().with_context(what));
  }

  Engine& engine_;
  fs::path path_;
  int refused_ = 0;
};

int run_all(int count, char** folders) {
  log::configure(log::Level::kOff, log::Format::kText);
  const auto engine = make_onnxruntime_engine();
  std::vector<fs::path> models;
  for (int i = 1; i < count; ++i) {
    for (const auto& entry : fs::directory_iterator(folders[i])) {
      if (entry.path().extension() == ".onnx") models.push_back(entry.path());
    }
  }
  std::sort(models.begin(), models.end());
  int failed = 0;
  for (const fs::path& path : models) {
    ModelCase one(*engine, path);
    const Status status = one.check();
    fmt::print("{}  {}{}{}\n", status ? "ok    " : "FAILED", path.stem().string(), status ? "" : ": ",
               status ? "" : status.error().message);
    if (one.refused() > 0) fmt::print("        {} opsets refused\n", one.refused());
    failed += status ? 0 : 1;
  }
  return failed == 0 && !models.empty() ? 0 : 1;
}

}  // namespace
}  // namespace tandem::conformance

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: {} FOLDER_OF_MODELS...\n", argv[0]);
    return 2;
  }
  return tandem::conformance::run_all(argc, argv);
}
