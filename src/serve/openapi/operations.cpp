// SPDX-License-Identifier: Apache-2.0
// The table. A route that has no row here shows up in the document as undocumented, and a test fails.
#include "serve/openapi/operations.h"

#include <algorithm>
#include <string>
#include <vector>

namespace tandem::serve {
namespace {

constexpr std::string_view kProtocol = "Open Inference Protocol";
constexpr std::string_view kModels = "Models";
constexpr std::string_view kRepository = "Repository";
constexpr std::string_view kSharedMemory = "Shared memory";
constexpr std::string_view kSettings = "Settings";
constexpr std::string_view kImages = "Images";
constexpr std::string_view kOperations = "Operations";
constexpr std::string_view kWorkbench = "Workbench";

const std::vector<Operation>& table() {
  static const std::vector<Operation> rows{
      {"GET", "/v2", kProtocol, "The server and the extensions it has", "", "ServerMetadata"},
      {"GET", "/v2/health/live", kProtocol, "Whether the server lives"},
      {"GET", "/v2/health/ready", kProtocol, "Whether the server takes requests"},
      {"GET", "/v2/health/startup", kProtocol, "Whether the server has started", "", "Health"},

      {"GET", "/v2/models/{name}", kModels, "Inputs and outputs", "", "ModelMetadata"},
      {"GET", "/v2/models/{name}/ready", kModels, "Whether the model takes requests"},
      {"GET", "/v2/models/{name}/config", kModels, "The configuration as Triton's tools read it", "", "ModelConfig"},
      {"GET", "/v2/models/{name}/stats", kModels, "Counts and times since the start", "", "ModelStatistics"},
      {"GET", "/v2/models/stats", kModels, "Counts and times of every model", "", "ModelStatistics"},
      {"POST", "/v2/models/{name}/infer", kModels, "Runs the model on tensors", "InferRequest", "InferResponse", false,
       true},
      {"POST", "/v2/models/{name}/generate", kModels, "Runs the model on one flat object", "GenerateRequest",
       "GenerateResponse"},
      {"POST", "/v2/models/{name}/generate_stream", kModels, "The same as events; a caption comes word by word",
       "GenerateRequest", "text/event-stream"},
      {"GET", "/v2/models/{name}/trace/setting", kSettings, "What is traced of the model", "", "TraceSettings"},
      {"POST", "/v2/models/{name}/trace/setting", kSettings, "Changes what is traced of the model", "TraceChange",
       "TraceSettings", true},

      {"POST", "/v2/repository/index", kRepository, "Every model and its state", "IndexRequest", "RepositoryIndex",
       true},
      {"POST", "/v2/repository/models/{name}/load", kRepository, "Loads a model, or loads it anew", "LoadRequest", "",
       true},
      {"POST", "/v2/repository/models/{name}/unload", kRepository, "Serves the model no more", "UnloadRequest", "",
       true},

      {"GET", "/v2/systemsharedmemory/status", kSharedMemory, "Every region", "", "SharedMemoryStatus"},
      {"GET", "/v2/systemsharedmemory/region/{region}/status", kSharedMemory, "One region", "", "SharedMemoryStatus"},
      {"POST", "/v2/systemsharedmemory/region/{region}/register", kSharedMemory,
       "Makes an object of shared memory known", "SharedMemoryRegistration"},
      {"POST", "/v2/systemsharedmemory/region/{region}/unregister", kSharedMemory, "Forgets one region"},
      {"POST", "/v2/systemsharedmemory/unregister", kSharedMemory, "Forgets every region"},
      {"GET", "/v2/cudasharedmemory/status", kSharedMemory, "Every CUDA region: none", "", "SharedMemoryStatus"},
      {"GET", "/v2/cudasharedmemory/region/{region}/status", kSharedMemory, "One CUDA region", "",
       "SharedMemoryStatus"},
      {"POST", "/v2/cudasharedmemory/region/{region}/register", kSharedMemory,
       "Refused: this server shares no CUDA memory", "AnyObject", "", true},
      {"POST", "/v2/cudasharedmemory/region/{region}/unregister", kSharedMemory, "Forgets one CUDA region"},
      {"POST", "/v2/cudasharedmemory/unregister", kSharedMemory, "Forgets every CUDA region"},

      {"GET", "/v2/logging", kSettings, "What the log holds", "", "LogSettings"},
      {"POST", "/v2/logging", kSettings, "Changes what the log holds", "LogChange", "LogSettings", true},
      {"GET", "/v2/trace/setting", kSettings, "What is traced", "", "TraceSettings"},
      {"POST", "/v2/trace/setting", kSettings, "Changes what is traced", "TraceChange", "TraceSettings", true},

      {"POST", "/inference", kImages, "What an image shows, by the model that suits", "InferenceRequest",
       "InferenceAnswer"},
      {"GET", "/api/models", kImages, "Every model as the page shows it", "", "ModelList"},
      {"POST", "/api/models/{name}/predict", kImages, "What an image shows; the body is the image file",
       "application/octet-stream", "AnyObject"},
      {"GET", "/health", kOperations, "Whether the server takes requests", "", "Health", false, false, "Health"},
      {"GET", "/livez", kOperations, "Whether the server lives", "", "Health"},
      {"GET", "/readyz", kOperations, "Whether the server takes requests", "", "Health"},
      {"GET", "/startupz", kOperations, "Whether the server has started", "", "Health"},
      {"GET", "/metrics", kOperations, "Numbers for Prometheus", "", "text/plain"},
      {"GET", "/api/shadows", kOperations, "What shadows found when they ran live requests once more", "", "AnyObject"},
      {"GET", "/openapi.json", kOperations, "This document", "", "AnyObject"},

      {"GET", "/api/workbench", kWorkbench, "Whether there is a workbench, and what it holds", "", "AnyObject"},
      {"POST", "/api/workbench/files", kWorkbench, "Begins an upload", "application/octet-stream", "AnyObject", true},
      {"POST", "/api/workbench/files/{id}", kWorkbench, "The next piece of an upload", "application/octet-stream",
       "AnyObject", true},
      {"GET", "/api/workbench/files/{id}", kWorkbench, "One file", "", "AnyObject"},
      {"GET", "/api/workbench/files/{id}/content", kWorkbench, "The bytes of a file", "", "application/octet-stream"},
      {"DELETE", "/api/workbench/files/{id}", kWorkbench, "Removes a file", "", "AnyObject"},
      {"GET", "/api/workbench/jobs", kWorkbench, "Every job", "", "AnyObject"},
      {"POST", "/api/workbench/jobs", kWorkbench, "Starts a job", "AnyObject", "AnyObject"},
      {"GET", "/api/workbench/jobs/{id}", kWorkbench, "One job", "", "AnyObject"},
      {"POST", "/api/workbench/jobs/{id}/cancel", kWorkbench, "Stops a job", "", "AnyObject"},
  };
  return rows;
}

/// Calls that name a version, or a repository, are those that do not.
std::string without(std::string_view path, std::string_view part) {
  std::string shorter(path);
  const std::size_t at = shorter.find(part);
  if (at != std::string::npos) shorter.erase(at, part.size());
  return shorter;
}

}  // namespace

std::span<const Operation> operations() { return table(); }

const Operation* find_operation(std::string_view method, std::string_view path) {
  const std::string plain = without(without(path, "/versions/{version}"), "/{repository}");
  const auto& rows = table();
  const auto it = std::find_if(rows.begin(), rows.end(),
                               [&](const Operation& row) { return row.method == method && row.path == plain; });
  return it == rows.end() ? nullptr : &*it;
}

}  // namespace tandem::serve
