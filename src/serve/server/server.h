// SPDX-License-Identifier: Apache-2.0
// Server: the models of a store behind HTTP; everything that `tandem serve` runs, wired together.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "engine/registry.h"
#include "serve/models/model_manager.h"
#include "serve/workbench/workbench.h"

namespace tandem::serve {

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 5003;  // 0: any free one
  int io_threads = 0;         // 0: choose_io_threads
  std::uint64_t max_body_bytes = std::uint64_t{64} << 20;
  std::string default_model;                  // of /inference; must be served when it is not ""
  std::size_t image_threads = 0;              // that decode and draw; 0: the cores of the CPU budget
  std::size_t max_queued_images = 256;        // that wait for such a thread
  std::string version;                        // of this program
  std::filesystem::path trace_file;           // of sampled requests; "": there are no traces
  bool shared_memory = false;                 // clients of this machine may share memory with the server
  std::optional<WorkbenchOptions> workbench;  // absent: files and jobs are not taken
  ModelManagerOptions models;
};

/// One loop carries some 100k small requests a second, so few are enough: 1 up to 31 cores, then one for 16, at most 8.
int choose_io_threads(int cores);

/// Call order: `start drain*`; the destructor stops at once.
class Server {
 public:
  virtual ~Server() = default;

  /// Loads the models, then listens. Errors: those of ModelManager::open, Workbench::open and HttpServer::start, and
  /// not_found when the default model is not there.
  static Result<std::unique_ptr<Server>> start(const std::filesystem::path& store_or_model,
                                               const EngineRegistry& engines, ServerOptions options);

  virtual std::uint16_t port() const = 0;
  virtual int io_threads() const = 0;
  virtual const ModelManager& models() const = 0;

  /// Not ready from now on; accepts no new connections, answers what has been asked, then closes.
  /// returns  whether every client was answered within `limit`
  virtual bool drain(std::chrono::milliseconds limit) = 0;
};

}  // namespace tandem::serve
