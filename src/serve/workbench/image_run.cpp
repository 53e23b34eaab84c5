// SPDX-License-Identifier: Apache-2.0
// Decode, prepare, run twice, interpret.
#include "serve/workbench/image_run.h"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/clock.h"
#include "base/file.h"
#include "base/milliseconds.h"
#include "domains/caption/captioner.h"
#include "serve/api/prediction_json.h"
#include "vision/decode.h"

namespace tandem::serve {
namespace {

using Json = nlohmann::ordered_json;

Result<Image> read_image(const std::filesystem::path& file) {
  const MappedFile mapped = TRY(MappedFile::open(file));
  return decode_image(mapped.bytes());
}

Status check_takes_image(const std::string& name, const Pipeline* pipeline) {
  if (pipeline != nullptr && pipeline->takes_image()) return {};
  return fail(
      Code::kFailedPrecondition,
      fmt::format("{} takes no image: {}; add a file of its name that ends in .yaml (docs/formats/model-config.md)",
                  name,
                  pipeline != nullptr ? "its config says nothing of how an image becomes its input"
                                      : "it has no config that says how an image becomes its input"));
}

Json describe_outputs(const std::vector<TensorSpec>& specs, const std::vector<Tensor>& outputs) {
  Json list = Json::array();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    list.push_back({{"name", specs[i].name}, {"tensor", to_string(outputs[i])}});
  }
  return list;
}

std::shared_ptr<const ServedModel> as_served(const OpenModel& model) {
  auto served = std::make_shared<ServedModel>();
  served->name = model.name;
  served->backend = model.engine->name();
  served->info = model.session->info();
  served->pipeline = model.pipeline;
  return served;
}

Status add_caption(const OpenModel& encoder, const OpenModel& step, std::vector<Tensor> encoded,
                   ImagePrediction& done) {
  const caption::CaptionModels models{*encoder.pipeline, *encoder.session, *step.session};
  const caption::Captioner captioner = TRY(caption::Captioner::create(models));
  caption::TimedCaption said = TRY(captioner.say(std::move(encoded)));
  done.prediction.caption = std::move(said.caption);
  done.timing.compute += said.timing.decode;
  return {};
}

}  // namespace

Result<PreparedImage> prepare_image(const std::string& name, const Pipeline* pipeline,
                                    const std::filesystem::path& image) {
  TRY(check_takes_image(name, pipeline));
  const Image decoded = TRY(read_image(image));
  return pipeline->prepare(decoded);
}

Result<std::string> run_image(const OpenModel& model, const OpenModel* step, const std::filesystem::path& image) {
  TRY(check_takes_image(model.name, model.pipeline.get()));
  const Clock& clock = system_clock();
  ImagePrediction done;
  done.model = as_served(model);
  const SteadyTime begin = clock.now();
  done.image = TRY(read_image(image));
  const SteadyTime decoded = clock.now();
  const PreparedImage prepared = TRY(model.pipeline->prepare(done.image));
  const SteadyTime ready = clock.now();
  TRY(model.session->run(prepared.inputs));
  const SteadyTime warm = clock.now();
  const std::vector<Tensor> outputs = TRY(model.session->run(prepared.inputs));
  const SteadyTime computed = clock.now();
  done.prediction = TRY(model.pipeline->interpret(outputs, prepared));
  done.timing.decode = decoded - begin;
  done.timing.preprocess = ready - decoded;
  done.timing.compute = computed - warm;
  done.timing.postprocess = clock.now() - computed;
  if (step != nullptr) {
    std::vector<Tensor> encoded;
    for (const Tensor& output : outputs) encoded.push_back(output.view());
    TRY(add_caption(model, *step, std::move(encoded), done));
  }
  const PredictionTiming& timing = done.timing;
  done.timing.total = timing.decode + timing.preprocess + timing.compute + timing.postprocess;
  const std::string answer = TRY(prediction_answer(done));
  const Json document = {{"engine", fmt::format("{} {}", model.engine->name(), model.engine->version())},
                         {"options", model.session->describe()},
                         {"model", model.shown},
                         {"load_ms", model.load_ms},
                         {"first_run_ms", milliseconds(warm - ready)},
                         {"outputs", describe_outputs(done.model->info.outputs, outputs)},
                         {"answer", Json::parse(answer, nullptr, false)}};
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tandem::serve
