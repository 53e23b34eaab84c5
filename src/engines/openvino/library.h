// SPDX-License-Identifier: Apache-2.0
// tandem_openvino.so, in which all use of OpenVINO is: what it gives, and how it is opened.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "core/model_info.h"
#include "engine/engine.h"

namespace tandem::openvino {

/// A checked ONNX file.
struct ModelSource {
  std::filesystem::path path;  // "": only the bytes
  std::span<const std::byte> bytes;
  ModelInfo info;              // as the file says it
  bool external_data = false;  // weights lie in other files beside it
};

/// An open OpenVINO. Thread-safe; lives as long as any of its sessions.
class Runtime {
 public:
  virtual ~Runtime() = default;

  /// source  not needed after return
  /// Errors: those of Engine::load.
  virtual Result<std::unique_ptr<Session>> load(const ModelSource& source, const SessionOptions& options) = 0;
};

/// The program's log; the library has a copy of base of its own, which nobody configured.
using WriteLog = void (*)(log::Level level, std::string_view message);

/// What tandem_openvino.so gives: functions of this program's own build that use OpenVINO. None throws.
struct LibraryFunctions {
  const char* version;  // of Tandem: that of the program
  Result<std::unique_ptr<Runtime>> (*open)(WriteLog write_log);
};
/// The one symbol of the library.
inline constexpr const char* kLibrarySymbol = "tandem_openvino_functions";
using GetLibraryFunctions = const LibraryFunctions* (*)();

/// Where the library may lie: beside the program, and in ../lib/tandem.
std::vector<std::filesystem::path> library_places(const std::filesystem::path& program_folder);

/// The first place where there is a file. Errors: unimplemented, with how to get it.
Result<std::filesystem::path> find_library(const std::vector<std::filesystem::path>& places);

/// Opens the library, which then stays open: tensors may live longer than the engine that made them.
/// Errors: unavailable (it cannot be opened, or is of another build), with how to get it.
Result<const LibraryFunctions*> open_library(const std::filesystem::path& path);

}  // namespace tandem::openvino
