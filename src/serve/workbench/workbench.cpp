// SPDX-License-Identifier: Apache-2.0
// The table of routes and their answers.
#include "serve/workbench/workbench.h"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>

#include "base/file.h"
#include "serve/http/status.h"
#include "serve/workbench/inspection.h"
#include "serve/workbench/own_page.h"
#include "serve/workbench/query.h"
#include "serve/workbench/workbench_json.h"

namespace tandem::serve {
namespace {

HttpResponse answer(std::string json, int status = 200) {
  HttpResponse response;
  response.status = status;
  response.headers = {{"cache-control", "no-store"}, {"x-content-type-options", "nosniff"}};
  response.text = std::move(json);
  return response;
}

/// The largest file body of one request that is recommended: small enough to be in memory without being noticed.
std::uint64_t piece_bytes(std::uint64_t body_bytes) {
  constexpr std::uint64_t kPiece = std::uint64_t{8} << 20;
  return std::min(body_bytes, kPiece);
}

Result<Upload> begin_upload(FileShelf& shelf, const HttpRequest& request) {
  const auto name = TRY(query_text(request.query, "name"));
  const auto size = TRY(query_number(request.query, "size"));
  if (!name) return invalid_argument("name is missing in the query: expected /api/workbench/files?name=model.pth");
  return shelf.begin(*name, size.value_or(request.body.size()), request.body);
}

Result<Upload> continue_upload(FileShelf& shelf, const HttpRequest& request, std::string_view id) {
  const auto offset = TRY(query_number(request.query, "offset"));
  if (!offset) return invalid_argument("offset is missing in the query: it says where the piece belongs");
  return shelf.append(id, *offset, request.body);
}

HttpResponse answer(const Result<Upload>& upload) {
  return upload ? answer(upload_json(*upload), 201) : error_response(upload.error());
}

/// A file's bytes, sent from where the kernel has them.
Result<HttpResponse> file_content(const ShelvedFile& file) {
  struct Kept {
    MappedFile mapped;
    std::shared_ptr<const ScratchFolder> folder;
  };
  MappedFile mapped = TRY(MappedFile::open(file.path));
  auto kept = std::make_shared<const Kept>(Kept{std::move(mapped), file.folder});
  const auto bytes = kept->mapped.bytes();
  HttpResponse response = answer("");
  response.content_type = "application/octet-stream";
  response.headers.emplace_back("content-disposition", fmt::format("attachment; filename=\"{}\"", file.name));
  response.tensors.push_back(
      TRY(Tensor::borrow(DType::kUint8, {static_cast<std::int64_t>(bytes.size())}, bytes, std::move(kept))));
  return response;
}

}  // namespace

Result<std::unique_ptr<Workbench>> Workbench::open(const EngineRegistry& engines, WorkbenchOptions options) {
  auto shelf = TRY(FileShelf::open(options.temporary, options.files, inspect_file));
  return std::unique_ptr<Workbench>(new Workbench(engines, std::move(options), std::move(shelf)));
}

Workbench::Workbench(const EngineRegistry& engines, WorkbenchOptions options, std::unique_ptr<FileShelf> shelf)
    : options_(std::move(options)),
      shelf_(std::move(shelf)),
      context_{{*shelf_, engines, options_.store}, *shelf_, options_.version, options_.compare_program},
      runner_(options_.jobs) {}

void Workbench::add_routes(Router& router, WorkerPool& pool) {
  // Every route looks at where the request comes from before anything else, and then leaves the io thread.
  const auto add = [&router, &pool, this](std::string_view method, std::string_view pattern, auto handle) {
    const bool changes = method != "GET";
    router.add(method, pattern,
               [this, &pool, changes, handle](HttpRequest request, const PathParameters& parameters,
                                              const Responder& respond) {
                 Status allowed = check_host(request, options_.loopback_only);
                 if (allowed && changes) allowed = check_own_page(request);
                 if (!allowed) return respond(error_response(allowed.error()));
                 const Status accepted =
                     pool.submit([handle, request = std::move(request), id = std::string(parameters.get("id")),
                                  respond] { respond(handle(request, id)); });
                 if (!accepted) respond(error_response(accepted.error()));
               });
  };
  using Request = const HttpRequest&;
  using Id = const std::string&;
  add("GET", "/api/workbench", [this](Request, Id) { return describe(); });
  add("POST", "/api/workbench/files", [this](Request request, Id) { return upload(request); });
  add("POST", "/api/workbench/files/{id}", [this](Request request, Id id) { return upload_piece(request, id); });
  add("GET", "/api/workbench/files/{id}", [this](Request, Id id) { return show_file(id); });
  add("GET", "/api/workbench/files/{id}/content", [this](Request, Id id) { return download(id); });
  add("DELETE", "/api/workbench/files/{id}", [this](Request, Id id) { return remove_file(id); });
  add("GET", "/api/workbench/jobs", [this](Request, Id) { return list_jobs(); });
  add("POST", "/api/workbench/jobs", [this](Request request, Id) { return start_job(request); });
  add("GET", "/api/workbench/jobs/{id}", [this](Request, Id id) { return show_job(id); });
  add("POST", "/api/workbench/jobs/{id}/cancel", [this](Request, Id id) { return cancel_job(id); });
}

HttpResponse Workbench::describe() const {
  return answer(workbench_json(context_.places, runner_.list(), piece_bytes(options_.body_bytes)));
}

HttpResponse Workbench::upload(const HttpRequest& request) { return answer(begin_upload(*shelf_, request)); }

HttpResponse Workbench::upload_piece(const HttpRequest& request, std::string_view id) {
  return answer(continue_upload(*shelf_, request, id));
}

HttpResponse Workbench::show_file(std::string_view id) const {
  const auto file = shelf_->find(id);
  return file ? answer(file_json(**file)) : error_response(file.error());
}

HttpResponse Workbench::download(std::string_view id) const {
  const auto file = shelf_->find(id);
  if (!file) return error_response(file.error());
  auto content = file_content(**file);
  return content ? std::move(*content) : error_response(content.error());
}

HttpResponse Workbench::remove_file(std::string_view id) {
  const Status removed = shelf_->remove(id);
  return removed ? answer("{}") : error_response(removed.error());
}

HttpResponse Workbench::start_job(const HttpRequest& request) {
  auto asked = parse_job_request(request.body);
  if (!asked) return error_response(asked.error());
  auto job = make_job(context_, std::move(*asked));
  if (!job) return error_response(job.error());
  const auto started = runner_.submit(std::move(*job));
  return started ? answer(job_json(*started), 202) : error_response(started.error());
}

HttpResponse Workbench::list_jobs() const { return answer(job_list_json(runner_.list())); }

HttpResponse Workbench::show_job(std::string_view id) const {
  const auto job = runner_.find(id);
  return job ? answer(job_json(*job)) : error_response(job.error());
}

HttpResponse Workbench::cancel_job(std::string_view id) {
  const auto job = runner_.cancel(id);
  return job ? answer(job_json(*job)) : error_response(job.error());
}

void add_no_workbench_route(Router& router) {
  router.add("GET", "/api/workbench", [](const HttpRequest&, const PathParameters&, const Responder& respond) {
    respond(
        answer(R"({"enabled":false,"how":"Start the server with --workbench to convert and compare models here."})"));
  });
}

}  // namespace tandem::serve
