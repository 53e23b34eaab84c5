// SPDX-License-Identifier: Apache-2.0
// Where converted models are put, and the config that says how images enter them.
#pragma once

#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "convert/conversion.h"
#include "graph/onnx_writer.h"

namespace tandem::convert {

/// The file of one model: `output` itself for the only one, else beside it under its part_name().
std::filesystem::path part_path(const std::filesystem::path& output, const std::string& part);

/// The YAML config, schema 1 (docs/formats/model-config.md).
/// name  that of the network, of which the parts have their names
std::string config_text(const Conversion& conversion, const ConvertedModel& model, std::string_view name);

/// Every file that would be written over. Empty: nothing is in the way.
std::vector<std::filesystem::path> files_in_the_way(const Conversion& conversion, const std::filesystem::path& output);

/// Those that are there.
void remove_files(const std::vector<std::filesystem::path>& files);

/// A conversion on its way to the disk while it is still being checked: a thread of its own writes the models beside
/// where they will be. Without finish() it waits for that thread, and nothing is left behind.
class ConversionWriter final {
 public:
  /// `conversion` outlives it; until finish() returns, nothing of it but the models' metadata may change.
  ConversionWriter(const Conversion& conversion, std::filesystem::path output);

  /// With the metadata as it is now, each model takes its place and has, beside it, its config as NAME.yaml. Returns
  /// the files, models first. When one cannot be written, those before it are removed.
  Result<std::vector<std::filesystem::path>> finish();

 private:
  Status write_bodies();
  Status finish_all(std::vector<std::filesystem::path>& written);

  const Conversion& conversion_;
  const std::filesystem::path output_;
  std::vector<std::unique_ptr<OnnxFileWriter>> models_;
  std::future<Status> bodies_;  // destroyed first: it waits
};

}  // namespace tandem::convert
