// SPDX-License-Identifier: Apache-2.0
// Sessions with outputs of their own, or connections with their request.
#include "app/bench/scenario_target.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "app/bench/input_flags.h"
#include "app/models/model_source.h"
#include "serve/client/model_client.h"

namespace tandem::app {
namespace {

struct LocalSystem {
  LoadedModel model;
  std::vector<Tensor> inputs;
  std::vector<std::vector<Tensor>> outputs;  // for each slot
};

}  // namespace

Result<LoadTarget> make_local_target(const Context& context, const LocalModel& flags) {
  const ModelSource source = TRY(find_model(flags.model, flags.store));
  const auto system = std::make_shared<LocalSystem>();
  system->model = TRY(load_model(context, flags.session, source.weights));
  const Session& session = *system->model.session;
  system->inputs = TRY(flags.inputs.make(session.info()));
  LoadTarget target;
  target.slots = static_cast<std::size_t>(std::max(flags.session.instances, session.calls_at_once()));
  for (std::size_t slot = 0; slot < target.slots; ++slot) system->outputs.emplace_back(session.info().outputs.size());
  target.model = source.name;
  target.system =
      fmt::format("{} {}: {}", system->model.engine->name(), system->model.engine->version(), session.describe());
  target.inputs = describe_given(session.info(), system->inputs);
  target.samples_per_query = static_cast<std::size_t>(leading_size(system->inputs));
  target.query = [system](std::size_t slot) {
    return system->model.session->run(system->inputs, system->outputs[slot]);
  };
  return target;
}

Result<LoadTarget> make_remote_target(const ScenarioFlags& flags, const std::string& model, const InputFlags& inputs) {
  serve::ModelClientOptions options;
  options.address = TRY(serve::parse_server_address(flags.url));
  options.model = model;
  const ModelInfo info = TRY(serve::make_model_client(options)->describe());
  const std::vector<Tensor> tensors = TRY(inputs.make(info));
  const auto clients = std::make_shared<std::vector<std::unique_ptr<serve::ModelClient>>>();
  for (std::size_t slot = 0; slot < flags.connections; ++slot) {
    clients->push_back(serve::make_model_client(options));
    TRY(clients->back()->prepare(info, tensors));
  }
  LoadTarget target;
  target.model = model;
  target.system = info.producer.empty() ? flags.url : fmt::format("{} ({})", flags.url, info.producer);
  target.inputs = describe_given(info, tensors);
  target.samples_per_query = static_cast<std::size_t>(leading_size(tensors));
  target.slots = flags.connections;
  target.slots_are_the_systems = false;
  target.query = [clients](std::size_t slot) { return (*clients)[slot]->infer(); };
  return target;
}

}  // namespace tandem::app
