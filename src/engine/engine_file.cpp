// SPDX-License-Identifier: Apache-2.0
// By extension, beside and in a store.
#include "engine/engine_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <system_error>

namespace tandem {
namespace {

namespace fs = std::filesystem;

/// Where a store keeps the files that an engine loads.
struct Place {
  const char* folder;
  const char* extension;
};
constexpr std::array<Place, 3> kPlaces = {{{"weights", ".onnx"}, {"python", ".py"}, {"checkpoints", ".pt"}}};

}  // namespace

std::string lower_extension(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

Result<fs::path> file_for_engine(const Engine& engine, const fs::path& model) {
  if (engine.supports(lower_extension(model))) return model;
  std::error_code error;
  const fs::path whole = fs::absolute(model, error);
  std::string looked;
  for (const Place& place : kPlaces) {
    if (error || !engine.supports(place.extension)) continue;
    const std::string name = whole.stem().string() + place.extension;
    for (const fs::path& file : {whole.parent_path() / name, whole.parent_path().parent_path() / place.folder / name}) {
      if (fs::is_regular_file(file, error) && engine.supports_file(file)) return file;
      looked += fmt::format("{}{}", looked.empty() ? "; there is no " : ", nor ", file.string());
    }
  }
  return invalid_argument(
      fmt::format("the engine {} does not load {} files{}", engine.name(), model.extension().string(), looked));
}

Status check_model_file(const std::filesystem::path& model) {
  std::error_code ignored;
  if (!std::filesystem::exists(model, ignored)) {
    return not_found(fmt::format("{}: there is no such file", model.string()));
  }
  if (std::filesystem::is_regular_file(model, ignored)) return {};
  return invalid_argument(fmt::format("{}: expected a model file, got a folder or device", model.string()));
}

}  // namespace tandem
