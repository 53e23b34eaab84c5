// SPDX-License-Identifier: Apache-2.0
// Names to configs to choices; a choice to a session to an observer.
#include "app/live/live_models.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "app/models/caption_model.h"
#include "engine/registry.h"
#include "live/caption_observer.h"
#include "live/carotid_observer.h"
#include "live/prediction_observer.h"
#include "pipeline/model_config.h"

namespace tandem::app {
namespace {

namespace fs = std::filesystem;

bool takes_image(const ModelConfig& config) {
  return std::any_of(config.inputs.begin(), config.inputs.end(),
                     [](const InputConfig& input) { return input.image.has_value(); });
}

/// Empty when the model can be tried.
std::string why_not(const Context& context, const LiveModelFlags& flags, const ModelSource& source,
                    const Result<std::optional<ModelConfig>>& config) {
  if (!config) return config.error().message;
  if (!*config) return "it has no config that says what its input and output mean";
  if (!takes_image(**config)) return "it takes no image";
  const auto engine = context.engines.find(flags.session.engine.empty() ? (*config)->engine : flags.session.engine);
  if (!engine) return engine.error().message;
  const Status available = (*engine)->available();
  if (!available) return available.error().message;
  std::error_code error;
  if (!fs::exists(source.weights, error)) return fmt::format("there is no file {}", source.weights.string());
  return "";
}

LiveModel describe_model(const Context& context, const LiveModelFlags& flags, ModelSource source) {
  const auto config = read_model_config(source.config);
  LiveModel model;
  model.captions = config && *config && (*config)->caption;
  model.choice.name = source.name;
  model.choice.why_not = why_not(context, flags, source, config);
  if (config && *config) model.choice.precision = (*config)->precision;
  std::error_code error;
  const std::uintmax_t bytes = fs::file_size(source.weights, error);
  if (!error) model.choice.bytes = bytes;
  model.source = std::move(source);
  return model;
}

/// Other models of the store that take images and do the same task, by name.
std::vector<LiveModel> find_others(const Context& context, const LiveModelFlags& flags, const LiveModel& first) {
  std::vector<LiveModel> others;
  const auto config = read_model_config(first.source.config);
  const Result<Store> store = Store::open(flags.store);
  if (!config || !*config || !store) return others;
  const auto entries = store->list();
  if (!entries) return others;
  for (const StoreEntry& entry : *entries) {
    const auto other = read_model_config(entry.config);
    if (entry.name == first.source.name || !other || !*other) continue;
    if ((*other)->task != (*config)->task || !takes_image(**other)) continue;
    others.push_back(describe_model(context, flags, {entry.name, entry.weights, entry.metadata, entry.config, *store}));
  }
  return others;
}

/// The models of a captioner stay where they are: the captioner borrows them.
struct LiveCaptioner {
  ReadyModel encoder;
  std::unique_ptr<CaptionModel> model;
};

Result<std::unique_ptr<live::Observer>> make_caption_observer(const Context& context, const LiveModelFlags& flags,
                                                              const ModelSource& source, ReadyModel encoder) {
  const auto captioner = std::make_shared<LiveCaptioner>();
  captioner->encoder = std::move(encoder);
  captioner->model = TRY(load_caption_model(context, flags.session, source, captioner->encoder));
  return live::observe_captions([captioner](const Image& image) -> Result<Caption> {
    caption::TimedCaption timed = TRY(captioner->model->captioner.caption(image));
    return std::move(timed.caption);
  });
}

Result<std::unique_ptr<live::Observer>> make_observer(const LiveModelFlags& flags, ReadyModel ready) {
  if (!ready.pipeline) {
    return fail(Code::kFailedPrecondition,
                "a live view needs a model with a config that says what its input and output mean");
  }
  const std::shared_ptr<Session> session = std::move(ready.loaded.session);
  const live::RunModel run = [session](std::span<const Tensor> inputs) { return session->run(inputs); };
  if (!flags.carotid.wanted()) return live::observe_predictions(std::move(*ready.pipeline), run);
  const carotid::ExaminationOptions options = TRY(flags.carotid.options());
  return live::observe_carotid(TRY(carotid::Examination::create(std::move(*ready.pipeline), run, options)));
}

}  // namespace

Result<std::vector<LiveModel>> find_live_models(const Context& context, const LiveModelFlags& flags) {
  std::vector<LiveModel> models;
  for (const std::string& name : flags.names) {
    models.push_back(describe_model(context, flags, TRY(find_model(name, flags.store))));
  }
  if (!models.front().choice.available()) {
    return fail(Code::kFailedPrecondition,
                fmt::format("{}: {}", models.front().choice.name, models.front().choice.why_not));
  }
  if (models.size() == 1) {
    std::vector<LiveModel> others = find_others(context, flags, models.front());
    std::move(others.begin(), others.end(), std::back_inserter(models));
  }
  return models;
}

Result<live::LoadedObserver> load_observer(const Context& context, const LiveModelFlags& flags,
                                           const ModelSource& source) {
  ReadyModel ready = TRY(load_source(context, flags.session, source));
  live::LoadedObserver loaded;
  loaded.engine = fmt::format("{} {}: {}", ready.loaded.engine->name(), ready.loaded.engine->version(),
                              ready.loaded.session->describe());
  const bool captions = ready.pipeline && ready.pipeline->config().caption && !flags.carotid.wanted();
  auto observer = captions ? make_caption_observer(context, flags, source, std::move(ready))
                           : make_observer(flags, std::move(ready));
  if (!observer) return fail(observer.error().with_context(source.name));
  loaded.observer = std::move(*observer);
  return loaded;
}

}  // namespace tandem::app
