// SPDX-License-Identifier: Apache-2.0
// tandem devices: engines, processor and its budget, GPUs; what would be chosen, and why (R0.7).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/command.h"
#include "app/verb.h"
#include "base/cpu.h"
#include "base/gpus.h"
#include "engine/registry.h"

namespace tandem::app {
namespace {

using Json = nlohmann::ordered_json;

/// The NVIDIA GPUs whose kernel driver is loaded, and what memory they have free.
std::vector<std::string> describe_gpus() {
  std::vector<std::string> texts;
  for (const Gpu& gpu : usable_gpus()) {
    const std::string memory =
        gpu.free_bytes ? fmt::format(", {:.1f} GB free", static_cast<double>(*gpu.free_bytes) / 1e9) : "";
    texts.push_back(fmt::format("{} at {}{}", gpu.model, gpu.bus, memory));
  }
  return texts;
}

std::string explain_budget(const CpuBudget& budget) {
  const std::string quota =
      budget.quota_cores ? fmt::format("cgroup quota {:.2f}", *budget.quota_cores) : "no cgroup quota";
  return fmt::format("{} cores to plan with ({} online, {} in the affinity mask, {})", budget.cores, budget.online,
                     budget.affinity, quota);
}

Json engine_as_json(const Engine& engine) {
  const Status available = engine.available();
  Json devices = Json::array();
  if (available) {
    for (const EngineDevice& device : engine.devices()) {
      devices.push_back(
          {{"device", device_name(device.device)}, {"id", device.id}, {"description", device.description}});
    }
  }
  return {{"name", engine.name()},
          {"version", engine.version()},
          {"description", engine.description()},
          {"available", available.has_value()},
          {"reason", available ? Json(nullptr) : Json(available.error().message)},
          {"devices", devices}};
}

/// What a model gets when nobody says where to run it.
Json choose(const EngineRegistry& engines, const CpuBudget& budget) {
  for (const Engine* engine : engines.all()) {
    if (!engine->available()) continue;
    for (const EngineDevice& device : engine->devices()) {
      if (device.device != Device::kCuda) continue;
      return {{"engine", engine->name()},
              {"device", "cuda"},
              {"threads", budget.cores},
              {"why", fmt::format("{} can use {}", engine->name(), device.description)}};
    }
    return {
        {"engine", engine->name()},
        {"device", "cpu"},
        {"threads", budget.cores},
        {"why", fmt::format("{} is the first engine that is available, and it can use no GPU here", engine->name())}};
  }
  return {{"engine", nullptr}, {"device", nullptr}, {"threads", budget.cores}, {"why", "no engine is available"}};
}

Json describe_machine(const Context& context) {
  const CpuInfo cpu = cpu_info();
  const CpuBudget budget = cpu_budget();
  Json document;
  document["machine"] = machine_line();
  document["cpu"] = {{"model", cpu.model},
                     {"architecture", cpu.architecture},
                     {"features", cpu.features},
                     {"cores", budget.cores},
                     {"online_cores", budget.online},
                     {"affinity_cores", budget.affinity},
                     {"quota_cores", budget.quota_cores ? Json(*budget.quota_cores) : Json(nullptr)},
                     {"budget", explain_budget(budget)}};
  document["gpus"] = describe_gpus();
  document["engines"] = Json::array();
  for (const Engine* engine : context.engines.all()) document["engines"].push_back(engine_as_json(*engine));
  document["choice"] = choose(context.engines, budget);
  return document;
}

void print_machine(const Json& machine) {
  const auto text = [](const Json& value) { return value.is_string() ? value.get<std::string>() : std::string(); };
  fmt::print("CPU      {} ({})\n", text(machine["cpu"]["model"]), text(machine["cpu"]["architecture"]));
  fmt::print("         {}\n", text(machine["cpu"]["budget"]));
  fmt::print("         {}\n", fmt::join(machine["cpu"]["features"].get<std::vector<std::string>>(), " "));
  if (machine["gpus"].empty()) fmt::print("GPUs     none: no NVIDIA driver is loaded\n");
  for (const Json& gpu : machine["gpus"]) fmt::print("GPU      {}\n", text(gpu));
  for (const Json& engine : machine["engines"]) {
    fmt::print("Engine   {} {}: {}\n", text(engine["name"]), text(engine["version"]), text(engine["description"]));
    if (!engine["available"].get<bool>()) fmt::print("         not available: {}\n", text(engine["reason"]));
    for (const Json& device : engine["devices"]) {
      fmt::print("         {}:{} {}\n", text(device["device"]), device["id"].get<int>(), text(device["description"]));
    }
  }
  const Json& choice = machine["choice"];
  fmt::print("Choice   {}, {}, {} threads: {}\n", choice["engine"].is_null() ? "no engine" : text(choice["engine"]),
             choice["device"].is_null() ? "no device" : text(choice["device"]), choice["threads"].get<int>(),
             text(choice["why"]));
}

}  // namespace

void add_devices_command(CLI::App& program, Context& context, Action& action) {
  CLI::App* verb = add_verb(program, {"devices", "Shows engines, processor, GPUs, and what would be chosen and why",
                                      "  tandem devices\n  tandem devices --json"});
  verb->callback([&context, &action] {
    action = [&context] {
      const Json machine = describe_machine(context);
      if (context.json) {
        fmt::print("{}\n", machine.dump(2, ' ', false, Json::error_handler_t::replace));
      } else {
        print_machine(machine);
      }
      return kExitOk;
    };
  });
}

}  // namespace tandem::app
