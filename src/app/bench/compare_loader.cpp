// SPDX-License-Identifier: Apache-2.0
// One process for each contender.
#include "app/bench/compare_loader.h"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>

#include "base/cpu.h"
#include "engine/registry.h"
#include "pipeline/input_difference.h"

namespace tandem::app {

namespace {

namespace fs = std::filesystem;

std::uint64_t bytes_of_file(const fs::path& file) {
  std::error_code failed;
  const auto size = fs::file_size(file, failed);
  return failed ? 0 : size;
}

/// With the weights that lie beside it, where its format keeps them apart.
std::uint64_t model_bytes(const fs::path& file) {
  if (file.extension() == ".onnx") return bytes_of_file(file) + bytes_of_file(file.string() + ".data");
  if (file.extension() == ".xml") return bytes_of_file(file) + bytes_of_file(fs::path(file).replace_extension(".bin"));
  return bytes_of_file(file);
}

/// "0,1,4"
std::string list_cores() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (::sched_getaffinity(0, sizeof mask, &mask) != 0) return "not known";
  std::string cores;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &mask)) cores += fmt::format("{}{}", cores.empty() ? "" : ",", core);
  }
  return cores;
}

}  // namespace

std::string describe_conditions(const ContenderFlags& flags) {
  const CpuBudget budget = cpu_budget();
  const std::string threads = flags.session.threads > 0 ? fmt::format("{}", flags.session.threads)
                                                        : fmt::format("{} (the CPU budget)", budget.cores);
  return fmt::format("Threads of each, unless it has its own: {}; cores {}{}; device {}", threads, list_cores(),
                     budget.quota_cores ? fmt::format(" with a quota of {:.3g}", *budget.quota_cores) : "",
                     flags.session.device);
}

std::vector<std::string> describe_config_differences(const std::vector<LoadedContender>& loaded,
                                                     std::size_t reference) {
  std::vector<std::string> sentences;
  const LoadedContender& first = loaded[reference];
  for (const LoadedContender& other : loaded) {
    if (&other == &first || !first.config || !other.config) continue;
    std::string differences;
    for (const InputDifference& found : find_input_differences(*first.config, *other.config)) {
      differences += fmt::format("{}{} is {} for {}, {} for {}", differences.empty() ? "" : "; ", found.key,
                                 found.first, first.name, found.second, other.name);
    }
    if (differences.empty()) continue;
    sentences.push_back(fmt::format(
        "the configs of {} and {} differ, so the same image is not the same input for them: {}. Here both are given "
        "what the config of {} makes",
        first.name, other.name, differences, first.name));
  }
  return sentences;
}

Result<std::vector<ContenderChoice>> CompareLoader::check_flags() const {
  if (flags_.models.size() > 1 && flags_.engines.size() > 1) {
    return invalid_argument("compare takes several engines for one model, or several models for one engine");
  }
  if (flags_.models.size() == 1 && flags_.engines.size() < 2) {
    return invalid_argument(
        fmt::format("there is nothing to compare {} with: expected --engines A,B or a second model", flags_.models[0]));
  }
  std::vector<ContenderChoice> choices;
  for (const std::string& engine : flags_.engines) {
    choices.push_back(TRY(parse_contender_choice(engine, flags_.session)));
    const std::string& name = choices.back().session.engine;
    if (!name.empty()) TRY(context_.engines.find(name));
  }
  if (choices.empty()) choices.push_back({"", flags_.session});
  return choices;
}

Result<LoadedContender> CompareLoader::load_one(const std::string& model, const ContenderChoice& choice) const {
  LoadedContender loaded;
  loaded.source = TRY(find_model(model, flags_.store));
  loaded.config = TRY(read_model_config(loaded.source.config));
  loaded.spec.engine = choice.session.engine;
  loaded.spec.model = loaded.source.weights;
  loaded.spec.options = TRY(choice.session.options());
  auto process = bench::MeasuredProcess::start(loaded.spec);
  loaded.name = flags_.models.size() > 1 ? loaded.source.name : choice.name;
  loaded.described.model = loaded.source.weights.string();
  loaded.described.engine = choice.name;
  if (!process) {
    loaded.failure = process.error();
    return loaded;
  }
  loaded.process = std::move(*process);
  const bench::LoadedContender& said = loaded.process->loaded();
  loaded.spec.engine = said.engine;
  loaded.described = bench::describe_contender(said);
  loaded.described.file_bytes = model_bytes(said.file);
  return loaded;
}

Result<std::vector<LoadedContender>> CompareLoader::load_all() const {
  const std::vector<ContenderChoice> choices = TRY(check_flags());
  std::vector<LoadedContender> all;
  std::vector<std::string> names;
  for (const std::string& model : flags_.models) {
    for (const ContenderChoice& choice : choices) {
      LoadedContender loaded = TRY(load_one(model, choice));
      names.push_back(loaded.name);
      const auto same = std::ranges::count(names, loaded.name);
      if (same > 1) loaded.name += fmt::format(" ({})", same);
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
