// SPDX-License-Identifier: Apache-2.0
// Files are found before a job waits, so that none of them goes meanwhile; models are loaded by the job.
#include "serve/workbench/jobs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "convert/checked/checked_conversion.h"
#include "serve/workbench/compare_job.h"
#include "serve/workbench/image_run.h"
#include "serve/workbench/inspection.h"

namespace tandem::serve {
namespace {

using Json = nlohmann::ordered_json;
using File = std::shared_ptr<const ShelvedFile>;

Result<File> find_file(const JobContext& context, std::string_view member, const std::string& id, FileKind kind) {
  File file = TRY(context.shelf.find(id));
  if (file->kind == kind) return file;
  return invalid_argument(fmt::format("{}: expected a file of kind {}, got {}, which is of kind {}", member,
                                      file_kind_name(kind), file->name, file_kind_name(file->kind)));
}

void log_conversion(JobProgress& progress, const convert::ConversionOutcome& outcome) {
  progress.log(fmt::format("network: {}", outcome.conversion.network));
  for (const auto& [key, value] : outcome.conversion.facts) progress.log(fmt::format("{}: {}", key, value));
  if (!outcome.conversion.unused.empty()) {
    progress.log(fmt::format("{} tensors are not used, first {}", outcome.conversion.unused.size(),
                             outcome.conversion.unused.front()));
  }
  if (!outcome.foreign_globals.empty()) {
    progress.log(fmt::format("the file names code that was not run: {}", fmt::join(outcome.foreign_globals, ", ")));
  }
  progress.log("ONNX Runtime loads and runs the model");
  for (const convert::OutputParity& parity : outcome.check.parity) {
    progress.log(fmt::format("output {} differs from the reference by at most {:.2g}, of values up to {:.3g}",
                             parity.output, parity.max_absolute, parity.largest));
  }
}

Result<std::string> shelve(const JobContext& context, std::shared_ptr<const ScratchFolder> folder, const File& source,
                           convert::ConversionOutcome outcome) {
  Json files = Json::array();
  for (std::filesystem::path& path : outcome.files) {
    if (path.extension() == ".onnx") {
      const File file = TRY(context.shelf.add(folder, path, source->id));
      files.push_back({{"id", file->id}, {"name", file->name}, {"bytes", file->bytes}});
    }
    path = path.filename();
  }
  const Json document = {{"conversion", Json::parse(convert::outcome_as_json(outcome), nullptr, false)},
                         {"files", std::move(files)}};
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<NewJob> make_convert(const JobContext& context, const ConvertJob& asked) {
  const File file = TRY(find_file(context, "file", asked.file, FileKind::kCheckpoint));
  const File reference =
      asked.reference.empty() ? nullptr : TRY(find_file(context, "reference", asked.reference, FileKind::kCheckpoint));
  NewJob job{"convert", file->name, {}, {}};
  for (const std::string_view step : convert::kConversionSteps) job.steps.emplace_back(step);
  job.work = [&context, asked, file, reference](JobProgress& progress) -> Result<std::string> {
    auto folder = TRY(context.shelf.make_folder());
    convert::ConversionRequest request;
    request.checkpoint = file->path;
    request.output = folder->path() / (file->path.stem().string() + ".onnx");
    request.options.heads = asked.heads;
    request.options.image_size = asked.image_size;
    request.options.labels = asked.labels;
    request.program_version = context.version;
    if (reference) request.reference.file = reference->path;
    auto outcome = convert::convert_checkpoint(request, context.places.engines,
                                               [&](std::size_t step) { return progress.begin_step(step); });
    if (!outcome) return fail(outcome.error().code, sentence_of(outcome.error(), file->path));
    log_conversion(progress, *outcome);
    return shelve(context, std::move(folder), file, std::move(*outcome));
  };
  return job;
}

void log_loaded(JobProgress& progress, const OpenModel& model) {
  progress.log(fmt::format("{} {} has loaded {} in {:.0f} ms: {}", model.engine->name(), model.engine->version(),
                           model.shown, model.load_ms, model.session->describe()));
}

Result<NewJob> make_run(const JobContext& context, const RunJob& asked) {
  const File image = TRY(find_file(context, "image", asked.image, FileKind::kImage));
  NewJob job{
      "run", fmt::format("{} with {}", image->name, asked.choice.engine), {"loading the model", "running it"}, {}};
  job.work = [&context, asked, image](JobProgress& progress) -> Result<std::string> {
    TRY(progress.begin_step(0));
    const OpenModel model = TRY(open_model(context.places, asked.choice));
    log_loaded(progress, model);
    std::optional<OpenModel> step;
    if (const auto second = TRY(choose_step(context.places, asked.choice, model))) {
      step = TRY(open_model(context.places, *second));
      log_loaded(progress, *step);
    }
    TRY(progress.begin_step(1));
    auto answer = run_image(model, step ? &*step : nullptr, image->path);
    if (!answer) return fail(answer.error().code, sentence_of(answer.error(), image->path));
    return answer;
  };
  return job;
}

Result<NewJob> make_compare(const JobContext& context, const CompareJob& asked) {
  const File image = asked.image.empty() ? nullptr : TRY(find_file(context, "image", asked.image, FileKind::kImage));
  std::string subject;
  for (const ModelChoice& choice : asked.contenders) {
    subject += fmt::format("{}{} with {}", subject.empty() ? "" : " / ", choice.model, choice.engine);
  }
  NewJob job{"compare", std::move(subject), {"loading the models", "comparing answers and times"}, {}};
  job.work = [&context, asked, image](JobProgress& progress) {
    return compare_models(context.places, context.compare_program, asked, image.get(), progress);
  };
  return job;
}

}  // namespace

Result<NewJob> make_job(const JobContext& context, JobRequest request) {
  if (const auto* asked = std::get_if<ConvertJob>(&request)) return make_convert(context, *asked);
  if (const auto* asked = std::get_if<RunJob>(&request)) return make_run(context, *asked);
  return make_compare(context, std::get<CompareJob>(request));
}

}  // namespace tandem::serve
