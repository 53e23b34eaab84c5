// SPDX-License-Identifier: Apache-2.0
// EngineLibrary: an engine whose SDK lies in a library of its own, tandem_NAME.so, which is opened when the first model
// wants it (docs/decisions/0010).
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "core/model_info.h"
#include "engine/engine.h"

namespace tandem {

/// A checked model file.
struct EngineLibraryModel {
  std::filesystem::path path;  // "": only the bytes
  std::span<const std::byte> bytes;
  ModelInfo info;              // as far as the file says it
  bool external_data = false;  // weights lie in other files beside it
};

/// The open library. Thread-safe; lives as long as any of its sessions.
class EngineRuntime {
 public:
  virtual ~EngineRuntime() = default;

  /// model  not needed after return
  /// Errors: those of Engine::load.
  virtual Result<std::unique_ptr<Session>> load(const EngineLibraryModel& model, const SessionOptions& options) = 0;
};

/// The program's log; the library has a copy of base of its own, which nobody configured.
using EngineLibraryLog = void (*)(log::Level level, std::string_view message);

/// What the library's one symbol, tandem_NAME_functions, gives: functions of this program's own build. None throws.
struct EngineLibraryFunctions {
  const char* version;  // of Tandem: that of the program
  Result<std::unique_ptr<EngineRuntime>> (*open)(EngineLibraryLog write_log);
};
using GetEngineLibraryFunctions = const EngineLibraryFunctions* (*)();

struct EngineLibraryNames {
  std::string engine;      // "openvino": what file and symbol are called by
  std::string sdk;         // "OpenVINO"
  std::string how_to_get;  // "run ./dev setup --with openvino, and build again"
  EngineLibraryLog log = nullptr;
};

/// Thread-safe.
class EngineLibrary final {
 public:
  /// places  files of which the first that exists is opened
  EngineLibrary(EngineLibraryNames names, std::vector<std::filesystem::path> places)
      : names_(std::move(names)), places_(std::move(places)) {}

  /// Where tandem_NAME.so may lie: beside the program, and in ../lib/tandem.
  static std::vector<std::filesystem::path> places(std::string_view engine,
                                                   const std::filesystem::path& program_folder);

  /// Whether there is such a file; opens nothing. Errors: unimplemented, with how to get it.
  Status available() const;

  /// Opened by the first who asks, and never closed: tensors may live longer than the engine that made them.
  /// Errors: unavailable (it cannot be opened, or is of another build), with how to get it.
  Result<EngineRuntime*> runtime();

 private:
  Result<std::filesystem::path> find() const;
  Result<const EngineLibraryFunctions*> open_file(const std::filesystem::path& path) const;
  Result<std::unique_ptr<EngineRuntime>> open() const;

  const EngineLibraryNames names_;
  const std::vector<std::filesystem::path> places_;
  std::once_flag once_;
  std::optional<Result<std::unique_ptr<EngineRuntime>>> runtime_;
};

}  // namespace tandem
