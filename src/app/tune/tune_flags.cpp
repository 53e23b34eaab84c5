// SPDX-License-Identifier: Apache-2.0
// The flags of tuning.
#include "app/tune/tune_flags.h"

#include <CLI/CLI.hpp>

namespace tandem::app {
namespace {

void add_limits(CLI::App& verb, TuneFlags& flags) {
  verb.add_option("--max-latency-ms", flags.max_latency_ms, "95 % of all runs must take no longer")
      ->check(CLI::PositiveNumber)
      ->type_name("MS");
  verb.add_option("--max-memory-mb", flags.max_memory_mb, "What a plan may take")
      ->check(CLI::PositiveNumber)
      ->type_name("MB");
  auto* data =
      verb.add_option("--data", flags.data,
                      "Held-out examples for the task's metric: phantom:KIND:SEED, scenes:SEED, a .npz (inputs "
                      "and label) or a folder of images")
          ->type_name("SOURCE");
  verb.add_option(
          "--min-accuracy", flags.min_accuracy,
          "The task's metric on --data must reach this, 0 to 1; at most 0.01 below the model as it is if not given")
      ->check(CLI::Range(0.0, 1.0))
      ->needs(data);
  verb.add_option("--data-count", flags.data_count, "So many examples of --data")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  verb.add_option("--tolerance", flags.tolerance,
                  "Without --data: by how much of its largest value an output may differ")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
}

void add_space(CLI::App& verb, TuneFlags& flags) {
  verb.add_option("--engines", flags.engines, "Try only these, with commas between; if not given all that are here")
      ->delimiter(',')
      ->type_name("NAME,...");
  verb.add_option("--variants", flags.variants,
                  "Optimized models beside this one, by name; if not given those that `tandem optimize` put there")
      ->delimiter(',')
      ->type_name("NAME,...");
  verb.add_option("--threads", flags.threads, "Try only so many threads of one run")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  verb.add_option("--instances", flags.instances, "Try only so many runs at the same time")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  verb.add_option("--dim", flags.dims, "Size of an open dimension besides the batch; 1 if not given")
      ->type_name("NAME=SIZE");
}

}  // namespace

void TuneFlags::add_to(CLI::App& verb) {
  verb.add_option("model", model, "A model file, or a name in the store")->required()->type_name("FILE|NAME");
  verb.add_option("--store", store, "The store in which names are looked up")->capture_default_str();
  verb.add_option("--goal", goal, "throughput: the most items a second; latency: the shortest run of one item")
      ->check(CLI::IsMember({"throughput", "latency"}))
      ->capture_default_str()
      ->type_name("GOAL");
  verb.add_option("--seconds", seconds, "About how long to measure")
      ->check(CLI::Range(1.0, 86400.0))
      ->capture_default_str()
      ->type_name("T");
  add_limits(verb, *this);
  add_space(verb, *this);
  auto* checklist_flag =
      verb.add_flag("--checklist", checklist,
                    "Instead of searching: what each step of optimization brings this model here, by itself");
  verb.add_option("--calibrate", calibrate, "Inputs for the checklist's static quantization, as --data")
      ->needs(checklist_flag)
      ->type_name("SOURCE");
  verb.add_flag("--resume", resume, "Goes on with a search that was interrupted");
  verb.add_flag("--no-write", no_write, "Leaves the model's config as it is");
  verb.add_option("--html", page, "Writes a page with the table and a plot of rate against time")->type_name("FILE");
}

tune::Limits TuneFlags::limits() const {
  tune::Limits limits;
  limits.max_latency_ms = max_latency_ms;
  if (max_memory_mb) limits.max_memory_bytes = static_cast<std::uint64_t>(*max_memory_mb * 1e6);
  return limits;
}

}  // namespace tandem::app
