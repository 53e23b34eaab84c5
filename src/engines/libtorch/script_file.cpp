// SPDX-License-Identifier: Apache-2.0
// Our own reader first: LibTorch's is made for files that PyTorch wrote.
#include "engines/libtorch/script_file.h"

#include <fmt/format.h>

#include "convert/torchscript/script_archive.h"
#include "formats/file_content.h"

namespace tandem::libtorch {
namespace {

Error not_a_script(FileContent content) {
  std::string advice = "save it with torch.jit.save(torch.jit.trace(model.eval(), example), \"model.pt\")";
  if (content == FileContent::kExportedProgram || content == FileContent::kHdf5 ||
      content == FileContent::kKerasArchive) {
    advice = "make ONNX of it with tandem convert, and run that";
  } else if (is_state_dict(content)) {
    advice = "it holds weights and no network: make ONNX of it with tandem convert, or " + advice;
  } else if (content == FileContent::kOnnx) {
    advice = "the engines onnxruntime and openvino run it";
  }
  return {Code::kInvalidArgument,
          fmt::format("this is no TorchScript but a file of kind '{}': {}", content_name(content), advice)};
}

}  // namespace

bool is_script(std::span<const std::byte> file) { return detect_content(file) == FileContent::kTorchScript; }

Result<EngineLibraryModel> read_script_file(std::span<const std::byte> file) {
  const FileContent content = detect_content(file);
  if (content != FileContent::kTorchScript) return fail(not_a_script(content));
  const auto archive = TRY(convert::torchscript::ScriptArchive::open(file, nullptr));
  EngineLibraryModel model;
  model.bytes = file;
  for (const convert::torchscript::TracedInput& traced : archive.traced_inputs()) {
    TensorSpec spec;
    spec.dtype = traced.dtype;
    for (const std::int64_t size : traced.shape) spec.shape.dims.push_back(Dim::fixed(size));
    model.info.inputs.push_back(std::move(spec));
  }
  model.info.graph_name = archive.root().class_name();
  model.info.producer = "TorchScript " + archive.version();
  return model;
}

}  // namespace tandem::libtorch
