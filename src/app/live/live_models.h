// SPDX-License-Identifier: Apache-2.0
// The models of a live view: which there are, which of them can be used, and how one becomes an observer.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/models/model_source.h"
#include "app/run/carotid_rules.h"
#include "live/background_load.h"
#include "live/controls.h"

namespace tandem::app {

struct LiveModelFlags {
  std::vector<std::string> names;  // files, or names in the store; the first is used first
  std::string store = "models";
  CarotidRules carotid;
  SessionFlags session;
};

struct LiveModel {
  ModelSource source;
  live::ModelChoice choice;
  bool captions = false;  // an encoder of a captioner
};

/// The named models; when it is one, also the others of the store that do the same task, so that there is something to
/// change to. One that cannot be used says why in its choice, but the first is an error then.
/// Errors: those of find_model and of the first model's config.
Result<std::vector<LiveModel>> find_live_models(const Context& context, const LiveModelFlags& flags);

/// Loads the model and gives it its meaning. May be called on any thread.
/// Errors: those of the model; failed_precondition (a model that a live view cannot show).
Result<live::LoadedObserver> load_observer(const Context& context, const LiveModelFlags& flags,
                                           const ModelSource& source);

}  // namespace tandem::app
