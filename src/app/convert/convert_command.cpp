// SPDX-License-Identifier: Apache-2.0
// tandem convert: checkpoints become ONNX models, checked by an engine before they are written or stored.
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "app/command.h"
#include "app/convert/convert_flags.h"
#include "app/convert/convert_report.h"
#include "app/convert/interruption.h"
#include "app/convert/libtorch_reference.h"
#include "app/convert/python_reference.h"
#include "app/verb.h"
#include "base/scratch_folder.h"
#include "convert/checked/conversion_files.h"

namespace tandem::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCheckingStep = convert::kConversionSteps.size() - 2;  // the first that makes files

/// Says on a terminal what is being done; the last word is wiped away at the end.
class Steps final {
 public:
  explicit Steps(std::string file) : file_(std::move(file)), shown_(::isatty(STDERR_FILENO) != 0) {}
  Steps(const Steps&) = delete;
  Steps& operator=(const Steps&) = delete;
  ~Steps() {
    if (shown_) fmt::print(stderr, "\r\x1b[K");
  }
  void say(std::size_t step) const {
    if (!shown_) return;
    const std::size_t count = convert::kConversionSteps.size();
    fmt::print(stderr, "\r\x1b[K[{}{}] {}: {} ...", std::string(step, '#'), std::string(count - step, '.'), file_,
               convert::kConversionSteps[step]);
  }

 private:
  std::string file_;
  bool shown_;
};

struct Converted {
  convert::ConversionOutcome outcome;
  std::vector<StoredModel> stored;
};

tl::unexpected<Error> cancelled() { return fail(Code::kCancelled, "interrupted; nothing is left behind"); }

/// Files that are written when a signal comes are removed again. Signals are held when this returns.
Result<convert::ConversionOutcome> convert_whole(const Context& context, const convert::ConversionRequest& request,
                                                 Interruption& interruption) {
  const Steps steps(request.checkpoint.filename().string());
  auto outcome = convert::convert_checkpoint(request, context.engines, [&](std::size_t step) -> Status {
    steps.say(step);
    if (step == kCheckingStep) interruption.hold();
    if (interruption.came()) return cancelled();
    return {};
  });
  if (!outcome || !interruption.came()) return outcome;
  convert::remove_files(outcome->files);
  return cancelled();
}

Status add_framework(const Context& context, const ConvertFlags& flags, convert::ConversionRequest& request,
                     Interruption& interruption) {
  if (flags.verify_with == "libtorch") {
    request.reference.framework = TRY(libtorch_reference(context.engines, request.checkpoint, request.options.names));
  }
  if (flags.verify_with == "python") {
    request.reference.framework = TRY(python_reference(request.checkpoint, interruption));
  }
  return {};
}

Result<Converted> convert_into_store(const Context& context, const ConvertFlags& flags,
                                     convert::ConversionRequest request, Interruption& interruption) {
  const std::string name = TRY(store_name(flags.as, request.checkpoint));
  interruption.hold();  // else the scratch folder would stay
  const auto folder = TRY(ScratchFolder::make(fs::temp_directory_path(), "tandem-convert-"));
  request.output = folder->path() / (name + ".onnx");
  Converted converted;
  converted.outcome = TRY(convert_whole(context, request, interruption));
  converted.stored = TRY(store_conversion(context, converted.outcome, flags.store, request.reference.file));
  return converted;
}

Result<Converted> convert_one(const Context& context, const ConvertFlags& flags, const fs::path& checkpoint,
                              Interruption& interruption) {
  interruption.release();
  convert::ConversionRequest request = TRY(request_of(flags, checkpoint));
  TRY(add_framework(context, flags, request, interruption));
  if (!flags.store.empty()) return convert_into_store(context, flags, std::move(request), interruption);
  Converted converted;
  converted.outcome = TRY(convert_whole(context, request, interruption));
  return converted;
}

/// Makes the folder of the output when there is none, and takes it away again when nothing was put into it.
class OutputFolder final {
 public:
  static Result<std::unique_ptr<OutputFolder>> make(const fs::path& folder) {
    std::error_code error;
    if (folder.empty() || fs::is_directory(folder, error)) return std::make_unique<OutputFolder>(fs::path());
    if (!fs::create_directories(folder, error) && error) {
      return invalid_argument(
          fmt::format("{}: expected a folder, or a path where one can be made: {}", folder.string(), error.message()));
    }
    return std::make_unique<OutputFolder>(folder);
  }
  explicit OutputFolder(fs::path made) : made_(std::move(made)) {}
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;
  ~OutputFolder() {
    std::error_code ignored;
    if (!made_.empty()) fs::remove(made_, ignored);  // of a folder with files in it nothing is removed
  }

 private:
  fs::path made_;
};

Status convert_several(const Context& context, const ConvertFlags& flags, Interruption& interruption) {
  if (!flags.store.empty()) return invalid_argument("--store takes one checkpoint at a time, for each has its name");
  if (!flags.request.reference.file.empty()) return invalid_argument("--verify takes one checkpoint at a time");
  const auto folder = TRY(OutputFolder::make(flags.output));
  std::vector<ConvertedFile> files;
  std::size_t failed = 0;
  for (const std::string& checkpoint : flags.checkpoints) {
    auto converted = convert_one(context, flags, checkpoint, interruption);
    ConvertedFile file{checkpoint, std::nullopt, {}};
    if (converted) file.outcome = std::move(converted->outcome);
    if (!converted) file.error = converted.error().message;
    failed += converted ? 0 : 1;
    files.push_back(std::move(file));
    if (!converted && converted.error().code == Code::kCancelled) break;
  }
  fmt::print("{}", context.json ? reports_as_json(files) + "\n" : summary_table(files));
  if (failed == 0) return {};
  return fail(Code::kFailedPrecondition,
              fmt::format("{} of {} checkpoints could not be converted", failed, flags.checkpoints.size()));
}

/// Blocks of 2 MiB and more go back to the system when they are freed: glibc would keep them for later, up to 32 MiB
/// each, and what is freed here are copies of weights. Smaller ones serve the next who asks: ONNX Runtime makes and
/// drops an output for every operator, and new pages for each would cost more than the operator.
void choose_what_is_kept() {
#ifdef M_MMAP_THRESHOLD
  ::mallopt(M_MMAP_THRESHOLD, 2 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 16 << 20);
#endif
}

Status convert(const Context& context, const ConvertFlags& flags) {
  choose_what_is_kept();
  const auto interruption = TRY(Interruption::install());
  if (writes_folder(flags) && flags.checkpoints.size() > 1) return convert_several(context, flags, *interruption);
  const auto folder = TRY(OutputFolder::make(writes_folder(flags) ? flags.output : ""));
  const Converted converted = TRY(convert_one(context, flags, flags.checkpoints.front(), *interruption));
  if (context.json) {
    fmt::print("{}\n", report_as_json(converted.outcome, converted.stored, flags.store));
  } else {
    print_outcome(converted.outcome, converted.stored, flags.store);
  }
  return {};
}

}  // namespace

void add_convert_command(CLI::App& program, Context& context, Action& action) {
  CLI::App* verb = add_verb(
      program, {"convert", "Makes an ONNX model of a checkpoint, without Python",
                "  tandem convert models/checkpoints/segmentation_transunet_phantom_20261121.pth -o carotid.onnx\n"
                "  tandem convert net.pt2 --verify outputs.npz --name input=pixels --dim batch=8\n"
                "  tandem convert net.keras --store models --as classification_net_digits_20261121\n"
                "  tandem convert *.pth -o converted/"});
  const auto flags = std::make_shared<ConvertFlags>();
  flags->add_to(*verb);
  verb->callback([&context, &action, flags] {
    action = [&context, flags] { return finish(context, "convert", convert(context, *flags)); };
  });
}

}  // namespace tandem::app
