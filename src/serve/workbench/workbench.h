// SPDX-License-Identifier: Apache-2.0
// Workbench: what a person needs on the way from a checkpoint to a model, as routes: files, jobs, results.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/error.h"
#include "engine/registry.h"
#include "schedule/worker_pool.h"
#include "serve/http/router.h"
#include "serve/workbench/file_shelf.h"
#include "serve/workbench/job_runner.h"
#include "serve/workbench/jobs.h"

namespace tandem::serve {

struct WorkbenchOptions {
  std::filesystem::path store;                                               // whose models can be run and compared
  std::filesystem::path temporary = std::filesystem::temp_directory_path();  // where files are kept until the end
  bool loopback_only = true;                           // requests must name this machine as their host
  std::uint64_t body_bytes = std::uint64_t{64} << 20;  // of one request: larger files come in pieces
  std::string version;                                 // of this program
  CompareProgram compare_program;                      // what a comparison starts
  FileShelfLimits files;
  JobRunnerOptions jobs;
};

/// The routes below /api/workbench (docs/workbench.md). Outlives the router and what waits in the pool.
class Workbench final {
 public:
  /// `engines` outlives it. Errors: those of the temporary folder.
  static Result<std::unique_ptr<Workbench>> open(const EngineRegistry& engines, WorkbenchOptions options);

  /// Work on files happens on the pool, jobs on a thread of their own.
  void add_routes(Router& router, WorkerPool& pool);

 private:
  Workbench(const EngineRegistry& engines, WorkbenchOptions options, std::unique_ptr<FileShelf> shelf);

  HttpResponse describe() const;
  HttpResponse upload(const HttpRequest& request);
  HttpResponse upload_piece(const HttpRequest& request, std::string_view id);
  HttpResponse show_file(std::string_view id) const;
  HttpResponse download(std::string_view id) const;
  HttpResponse remove_file(std::string_view id);
  HttpResponse start_job(const HttpRequest& request);
  HttpResponse list_jobs() const;
  HttpResponse show_job(std::string_view id) const;
  HttpResponse cancel_job(std::string_view id);

  const WorkbenchOptions options_;
  const std::unique_ptr<FileShelf> shelf_;
  const JobContext context_;
  JobRunner runner_;  // last: its jobs use what stands above
};

/// GET /api/workbench of a server without a workbench: how it is switched on.
void add_no_workbench_route(Router& router);

}  // namespace tandem::serve
