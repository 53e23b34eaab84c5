// SPDX-License-Identifier: Apache-2.0
// tandem convert: a checkpoint becomes an ONNX model, checked by an engine before it is written.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "app/command.h"
#include "app/verb.h"
#include "convert/checked/checked_conversion.h"

namespace tandem::app {
namespace {

namespace fs = std::filesystem;

struct ConvertFlags {
  std::string checkpoint;
  std::string output;
  convert::ConversionRequest request;
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

void print_outcome(const convert::ConversionOutcome& outcome, const convert::ConversionRequest& request) {
  const auto row = [](std::string_view key, std::string_view value) { fmt::print("{:<16}{}\n", key, value); };
  row("network", outcome.conversion.network);
  row("read from", fmt::format("{} ({})", request.checkpoint.string(), outcome.format));
  for (const auto& [key, value] : outcome.conversion.facts) row(key, value);
  for (const std::string& warning : outcome.conversion.warnings) row("warning", warning);
  if (!outcome.conversion.unused.empty()) {
    row("not used",
        fmt::format("{} tensors: {}", outcome.conversion.unused.size(), fmt::join(outcome.conversion.unused, ", ")));
  }
  if (!outcome.foreign_globals.empty()) {
    row("code named", fmt::format("{} (not run; Python's pickle would)", fmt::join(outcome.foreign_globals, ", ")));
  }
  row("checked", "ONNX Runtime loads and runs it");
  for (const convert::OutputParity& parity : outcome.parity) {
    row("verified", fmt::format("{}: differs by at most {:.2g} (of values up to {:.3g}) from {}", parity.output,
                                parity.max_absolute, parity.largest, request.reference.file.string()));
  }
  for (const fs::path& file : outcome.files) row("wrote", file.string());
  row("time", fmt::format("{:.2f} s", outcome.seconds));
}

Status convert_file(const Context& context, const ConvertFlags& flags) {
  convert::ConversionRequest request = flags.request;
  request.checkpoint = flags.checkpoint;
  request.output =
      flags.output.empty() ? fs::path(flags.checkpoint).replace_extension(".onnx") : fs::path(flags.output);
  request.program_version = TANDEM_VERSION;
  const auto convert = [&] {
    const Steps steps;
    return convert::convert_checkpoint(request, context.engines, [&](std::size_t step) {
      steps.say(convert::kConversionSteps[step]);
      return Status();
    });
  };
  const convert::ConversionOutcome outcome = TRY(convert());
  if (context.json) {
    fmt::print("{}\n", convert::outcome_as_json(outcome));
  } else {
    print_outcome(outcome, request);
  }
  return {};
}

void add_options(CLI::App& verb, ConvertFlags& flags) {
  verb.add_option("checkpoint", flags.checkpoint,
                  "A .pt2 of torch.export, a .pth of torch.save, or a .npz; the content decides, not the name")
      ->required()
      ->type_name("FILE");
  verb.add_option("-o,--output", flags.output, "The ONNX file; default: the checkpoint's name with .onnx")
      ->type_name("FILE");
  verb.add_option("--verify", flags.request.reference.file,
                  "A .npz with the model's inputs and the outputs the training framework gave, by name; nothing is "
                  "written when they disagree")
      ->type_name("FILE");
  verb.add_option("--tolerance", flags.request.reference.tolerance,
                  "For --verify: allowed difference, relative to the largest value")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  verb.add_option("--heads", flags.request.options.heads,
                  "Attention heads of a transformer (default: 64 channels a head)")
      ->check(CLI::Range(1, 1024));
  verb.add_option("--image-size", flags.request.options.image_size,
                  "Height and width of the input where the network takes any")
      ->check(CLI::Range(1, 8192));
  verb.add_option("--batch-norm-epsilon", flags.request.options.batch_norm_epsilon,
                  "Where it is not the network's published one")
      ->check(CLI::PositiveNumber);
  verb.add_option("--labels", flags.request.options.labels, "The classes' names in their order: background,artery,vein")
      ->delimiter(',')
      ->type_name("NAME,...");
  verb.add_flag("--overwrite", flags.request.overwrite, "Replace files that exist");
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
