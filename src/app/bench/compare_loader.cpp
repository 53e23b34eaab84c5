// SPDX-License-Identifier: Apache-2.0
// One process for each contender.
#include "app/bench/compare_loader.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/registry.h"

namespace tandem::app {

Status CompareLoader::check_flags() const {
  if (flags_.models.size() > 1 && flags_.engines.size() > 1) {
    return invalid_argument("compare takes several engines for one model, or several models for one engine");
  }
  if (flags_.models.size() == 1 && flags_.engines.size() < 2) {
    return invalid_argument(
        fmt::format("there is nothing to compare {} with: expected --engines A,B or a second model", flags_.models[0]));
  }
  for (const std::string& engine : flags_.engines) TRY(context_.engines.find(engine));
  return {};
}

Result<LoadedContender> CompareLoader::load_one(const std::string& model, const std::string& engine) const {
  LoadedContender loaded;
  loaded.source = TRY(find_model(model, flags_.store));
  loaded.spec.engine = engine;
  loaded.spec.model = loaded.source.weights;
  loaded.spec.options = TRY(flags_.session.options());
  auto process = bench::MeasuredProcess::start(loaded.spec);
  loaded.name = flags_.models.size() > 1 ? loaded.source.name : engine;
  loaded.described.model = loaded.source.weights.string();
  loaded.described.engine = engine;
  if (!process) {
    loaded.failure = process.error();
    return loaded;
  }
  loaded.process = std::move(*process);
  const bench::LoadedContender& said = loaded.process->loaded();
  loaded.spec.engine = said.engine;
  loaded.described.engine = fmt::format("{} {}", said.engine, said.version);
  loaded.described.model = said.file;
  loaded.described.options = said.options;
  loaded.described.load_ms = said.load_ms;
  return loaded;
}

Result<std::vector<LoadedContender>> CompareLoader::load_all() const {
  TRY(check_flags());
  const std::vector<std::string> engines = flags_.engines.empty() ? std::vector<std::string>{""} : flags_.engines;
  std::vector<LoadedContender> all;
  for (const std::string& model : flags_.models) {
    for (const std::string& engine : engines) {
      LoadedContender loaded = TRY(load_one(model, engine));
      const auto same = std::ranges::count_if(all, [&](const LoadedContender& other) {
        return other.source.name == loaded.source.name && other.spec.engine == loaded.spec.engine;
      });
      if (same > 0) loaded.name += fmt::format(" ({})", same + 1);
      all.push_back(std::move(loaded));
    }
  }
  const bool any = std::ranges::any_of(all, [](const LoadedContender& one) { return one.process != nullptr; });
  if (!any) return fail(all.front().failure->with_context(all.front().name));
  return all;
}

Result<std::unique_ptr<bench::MeasuredProcess>> CompareLoader::load_again(const LoadedContender& contender) const {
  return bench::MeasuredProcess::start(contender.spec);
}

}  // namespace tandem::app
