// SPDX-License-Identifier: Apache-2.0
// tandem convert: a checkpoint becomes an ONNX model, checked by an engine before it is written.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/command.h"
#include "app/conversion_files.h"
#include "app/convert_check.h"
#include "app/verb.h"
#include "base/clock.h"
#include "convert/convert.h"

namespace tandem::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct ConvertFlags {
  std::string checkpoint;
  std::string output;
  Reference reference;
  bool overwrite = false;
  convert::ConvertOptions options;
};

/// Says on a terminal what is being done; the last word is wiped away at the end.
class Steps final {
 public:
  Steps() : shown_(::isatty(STDERR_FILENO) != 0) {}
  Steps(const Steps&) = delete;
  Steps& operator=(const Steps&) = delete;
  ~Steps() { say(""); }
  void say(std::string_view step) const {
    if (shown_) fmt::print(stderr, "\r\x1b[K{}{}", step, step.empty() ? "" : " ...");
  }

 private:
  bool shown_;
};

struct Outcome {
  convert::Conversion conversion;
  std::string format;
  std::vector<std::string> foreign_globals;
  std::vector<OutputParity> parity;
  std::vector<fs::path> files;
  double seconds = 0;
};

/// What the model file says of where it comes from (R0.5).
void stamp(convert::Conversion& conversion, const ConvertFlags& flags, const Checkpoint& checkpoint) {
  for (convert::ConvertedModel& model : conversion.models) {
    model.model.producer_version = TANDEM_VERSION;
    auto& metadata = model.model.metadata;
    metadata["network"] = conversion.network;
    metadata["task"] = conversion.task;
    metadata["source"] = fs::path(flags.checkpoint).filename().string();
    metadata["source_format"] = checkpoint.format;
    for (const auto& [key, value] : conversion.facts) metadata["network." + key] = value;
  }
}

Status refuse_overwriting(const convert::Conversion& conversion, const ConvertFlags& flags) {
  if (flags.overwrite) return {};
  const std::vector<fs::path> found = files_in_the_way(conversion, flags.output);
  if (found.empty()) return {};
  return fail(Code::kAlreadyExists,
              fmt::format("{} exists already: give another -o, or --overwrite to replace it", found.front().string()));
}

Status refuse_disparity(const Outcome& outcome, const ConvertFlags& flags) {
  for (const OutputParity& parity : outcome.parity) {
    if (parity.within) continue;
    return fail(
        Code::kFailedPrecondition,
        fmt::format("the converted model does not agree with {}: output '{}' is off by up to {:.3g} where {:.3g} "
                    "is allowed; nothing was written",
                    flags.reference.file.string(), parity.output, parity.max_absolute,
                    flags.reference.tolerance * parity.largest));
  }
  return {};
}

Result<Outcome> run_conversion(const Context& context, const ConvertFlags& flags) {
  const SteadyTime begin = system_clock().now();
  const Steps steps;
  steps.say("reading the checkpoint");
  const Checkpoint checkpoint = TRY(read_checkpoint(flags.checkpoint));
  Outcome outcome;
  outcome.format = checkpoint.format;
  outcome.foreign_globals = checkpoint.foreign_globals;
  steps.say("building the network");
  auto conversion = convert::convert(checkpoint, flags.options);
  if (!conversion) return fail(conversion.error().with_context(flags.checkpoint));
  outcome.conversion = std::move(*conversion);
  stamp(outcome.conversion, flags, checkpoint);
  TRY(refuse_overwriting(outcome.conversion, flags));
  steps.say("running it with ONNX Runtime");
  outcome.parity = TRY(check_models(context, outcome.conversion, flags.reference));
  TRY(refuse_disparity(outcome, flags));
  steps.say("writing");
  outcome.files = TRY(write_conversion(outcome.conversion, flags.output));
  outcome.seconds = std::chrono::duration<double>(system_clock().now() - begin).count();
  outcome.conversion.models.clear();  // their weights lie in the checkpoint's mapping, which ends here
  return outcome;
}

void print_outcome(const Outcome& outcome, const ConvertFlags& flags) {
  const auto row = [](std::string_view key, std::string_view value) { fmt::print("{:<16}{}\n", key, value); };
  row("network", outcome.conversion.network);
  row("read from", fmt::format("{} ({})", flags.checkpoint, outcome.format));
  for (const auto& [key, value] : outcome.conversion.facts) row(key, value);
  if (!outcome.conversion.unused.empty()) {
    row("not used",
        fmt::format("{} tensors: {}", outcome.conversion.unused.size(), fmt::join(outcome.conversion.unused, ", ")));
  }
  if (!outcome.foreign_globals.empty()) {
    row("code named", fmt::format("{} (not run; Python's pickle would)", fmt::join(outcome.foreign_globals, ", ")));
  }
  row("checked", "ONNX Runtime loads and runs it");
  for (const OutputParity& parity : outcome.parity) {
    row("verified", fmt::format("{}: differs by at most {:.2g} (of values up to {:.3g}) from {}", parity.output,
                                parity.max_absolute, parity.largest, flags.reference.file.string()));
  }
  for (const fs::path& file : outcome.files) row("wrote", file.string());
  row("time", fmt::format("{:.2f} s", outcome.seconds));
}

Json as_json(const Outcome& outcome) {
  Json facts = Json::object();
  for (const auto& [key, value] : outcome.conversion.facts) facts[key] = value;
  Json parity = Json::array();
  for (const OutputParity& one : outcome.parity) {
    parity.push_back({{"output", one.output}, {"max_absolute", one.max_absolute}, {"largest", one.largest}});
  }
  Json files = Json::array();
  for (const fs::path& file : outcome.files) files.push_back(file.string());
  return {{"network", outcome.conversion.network},
          {"task", outcome.conversion.task},
          {"format", outcome.format},
          {"facts", facts},
          {"unused", outcome.conversion.unused},
          {"foreign_globals", outcome.foreign_globals},
          {"parity", parity},
          {"files", files},
          {"seconds", outcome.seconds}};
}

Status convert_file(const Context& context, ConvertFlags flags) {
  if (flags.output.empty()) flags.output = fs::path(flags.checkpoint).replace_extension(".onnx").string();
  const Outcome outcome = TRY(run_conversion(context, flags));
  if (context.json) {
    fmt::print("{}\n", as_json(outcome).dump(2, ' ', false, Json::error_handler_t::replace));
  } else {
    print_outcome(outcome, flags);
  }
  return {};
}

void add_options(CLI::App& verb, ConvertFlags& flags) {
  verb.add_option("checkpoint", flags.checkpoint, "A .pth of torch.save, or a .npz; the content decides, not the name")
      ->required()
      ->type_name("FILE");
  verb.add_option("-o,--output", flags.output, "The ONNX file; default: the checkpoint's name with .onnx")
      ->type_name("FILE");
  verb.add_option("--verify", flags.reference.file,
                  "A .npz with the model's inputs and the outputs the training framework gave, by name; nothing is "
                  "written when they disagree")
      ->type_name("FILE");
  verb.add_option("--tolerance", flags.reference.tolerance,
                  "For --verify: allowed difference, relative to the largest value")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  verb.add_option("--heads", flags.options.heads, "Attention heads of a transformer (default: 64 channels a head)")
      ->check(CLI::Range(1, 1024));
  verb.add_option("--image-size", flags.options.image_size, "Height and width of the input where the network takes any")
      ->check(CLI::Range(1, 8192));
  verb.add_option("--batch-norm-epsilon", flags.options.batch_norm_epsilon,
                  "Where it is not the network's published one")
      ->check(CLI::PositiveNumber);
  verb.add_option("--labels", flags.options.labels, "The classes' names in their order: background,artery,vein")
      ->delimiter(',')
      ->type_name("NAME,...");
  verb.add_flag("--overwrite", flags.overwrite, "Replace files that exist");
}

}  // namespace

void add_convert_command(CLI::App& program, Context& context, Action& action) {
  CLI::App* verb = add_verb(
      program, {"convert", "Makes an ONNX model of a checkpoint, without Python",
                "  tandem convert models/checkpoints/segmentation_transunet_phantom_20261121.pth -o carotid.onnx\n"
                "  tandem convert x.pth -o x.onnx --verify outputs.npz"});
  const auto flags = std::make_shared<ConvertFlags>();
  add_options(*verb, *flags);
  verb->callback([&context, &action, flags] {
    action = [&context, flags] { return finish(context, "convert", convert_file(context, *flags)); };
  });
}

}  // namespace tandem::app
