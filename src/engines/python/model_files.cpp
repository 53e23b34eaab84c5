// SPDX-License-Identifier: Apache-2.0
// Looks beside the file, then in the store's folder for the other kind.
#include "engines/python/model_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace tandem::python {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 9> kCheckpoints = {".pth",   ".pt",  ".safetensors", ".npz", ".h5",
                                                          ".keras", ".pkl", ".joblib",      ".ckpt"};

/// Those for which the package tandem_worker has code (ready/__init__.py).
constexpr std::array<std::string_view, 5> kReadyMade = {".pt", ".h5", ".keras", ".pkl", ".joblib"};

std::string lower_extension(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

/// store/python/x.py and store/checkpoints/x.pth: `folder` of the one beside that of the other.
fs::path beside(const fs::path& model, const char* folder) {
  return model.parent_path().parent_path() / folder / model.stem();
}

fs::path find_checkpoint(const fs::path& code) {
  for (const fs::path& stem : {code.parent_path() / code.stem(), beside(code, "checkpoints")}) {
    for (const std::string_view extension : kCheckpoints) {
      const fs::path file = stem.string() + std::string(extension);
      if (is_file(file)) return file;
    }
  }
  return {};
}

}  // namespace

bool is_python_model(std::string_view extension) {
  return extension == ".py" || std::find(kCheckpoints.begin(), kCheckpoints.end(), extension) != kCheckpoints.end();
}

Result<ModelFiles> find_model_files(const fs::path& model) {
  std::error_code error;
  const fs::path file = fs::absolute(model, error);  // the worker may be started elsewhere
  if (error || !fs::exists(file, error)) return not_found(fmt::format("{}: there is no such file", model.string()));
  if (!is_file(file)) {
    return invalid_argument(fmt::format("{}: expected a file, got a folder or device", model.string()));
  }
  const std::string extension = lower_extension(file);
  if (!is_python_model(extension)) {
    return invalid_argument(
        fmt::format("{}: the Python engine runs .py files, or checkpoints with a .py file of the same "
                    "name",
                    model.string()));
  }
  if (extension == ".py") return ModelFiles{file, find_checkpoint(file)};
  const bool needs_no_code = std::find(kReadyMade.begin(), kReadyMade.end(), extension) != kReadyMade.end();
  const fs::path here = fs::path(file).replace_extension(".py");
  const fs::path in_store = beside(file, "python").string() + ".py";
  for (const fs::path& code : {here, in_store}) {
    if (is_file(code)) return ModelFiles{code, file};
  }
  if (needs_no_code) return ModelFiles{{}, file};
  return not_found(
      fmt::format("{} is a checkpoint: the Python engine also needs the code of its network, in {} or {} "
                  "(docs/python-engine.md)",
                  model.string(), here.string(), in_store.string()));
}

}  // namespace tandem::python
