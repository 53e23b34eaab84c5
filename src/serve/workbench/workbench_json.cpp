// SPDX-License-Identifier: Apache-2.0
// Small documents, built as trees.
#include "serve/workbench/workbench_json.h"

#include <nlohmann/json.hpp>

namespace tandem::serve {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json facts_of(const ShelvedFile& file) {
  return {{"id", file.id},
          {"name", file.name},
          {"kind", file_kind_name(file.kind)},
          {"bytes", file.bytes},
          {"made_from", file.made_from.empty() ? Json(nullptr) : Json(file.made_from)}};
}

Json facts_of(const JobView& job) {
  return {{"id", job.id},
          {"kind", job.kind},
          {"subject", job.subject},
          {"state", job_state_name(job.state)},
          {"steps", job.steps},
          {"step", job.step},
          {"done", job.done},
          {"seconds", job.seconds},
          {"error", job.error.empty() ? Json(nullptr) : Json(job.error)}};
}

Json list_of(const std::vector<JobView>& jobs) {
  Json list = Json::array();
  for (const JobView& job : jobs) list.push_back(facts_of(job));
  return list;
}

Json engines_of(const EngineRegistry& engines) {
  Json list = Json::array();
  for (const Engine* engine : engines.all()) {
    const Status available = engine->available();
    list.push_back({{"name", engine->name()},
                    {"version", engine->version()},
                    {"description", engine->description()},
                    {"available", available.has_value()},
                    {"reason", available ? Json(nullptr) : Json(available.error().message)}});
  }
  return list;
}

}  // namespace

std::string file_json(const ShelvedFile& file) {
  Json json = facts_of(file);
  json["inspection"] = Json::parse(file.inspection, nullptr, false);
  return dump(json);
}

std::string upload_json(const Upload& upload) {
  if (upload.file) return file_json(*upload.file);
  return dump({{"id", upload.id}, {"received", upload.received}, {"bytes", upload.size}});
}

std::string job_json(const JobView& job) {
  Json json = facts_of(job);
  json["log"] = job.log;
  json["result"] = job.result.empty() ? Json(nullptr) : Json::parse(job.result, nullptr, false);
  return dump(json);
}

std::string job_list_json(const std::vector<JobView>& jobs) { return dump(list_of(jobs)); }

std::string workbench_json(const ModelPlaces& places, const std::vector<JobView>& jobs, std::uint64_t piece_bytes) {
  Json models = Json::array();
  for (const ListedModel& model : list_models(places)) {
    models.push_back({{"name", model.name}, {"engines", model.engines}});
  }
  Json files = Json::array();
  for (const auto& file : places.shelf.list()) files.push_back(facts_of(*file));
  return dump({{"enabled", true},
               {"engines", engines_of(places.engines)},
               {"models", std::move(models)},
               {"files", std::move(files)},
               {"jobs", list_of(jobs)},
               {"limits",
                {{"file_bytes", places.shelf.limits().file_bytes},
                 {"files", places.shelf.limits().files},
                 {"piece_bytes", piece_bytes}}}});
}

}  // namespace tandem::serve
