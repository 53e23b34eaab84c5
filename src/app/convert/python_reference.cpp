// SPDX-License-Identifier: Apache-2.0
// One process a question: inputs and outputs travel as .npz files in a scratch folder.
#include "app/convert/python_reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/scratch_folder.h"
#include "base/subprocess.h"
#include "engines/python/interpreter.h"
#include "formats/file_content.h"
#include "formats/npz.h"
#include "formats/npz_writer.h"

namespace tandem::app {
namespace {

namespace fs = std::filesystem;

constexpr int kFrameworkMissing = 3;  // exit code of tandem_worker/reference.py
constexpr std::chrono::minutes kPatience{30};

struct PythonReference {
  std::string program;
  fs::path sdk;
  std::string kind;  // as tandem_worker/reference.py names it
  fs::path model;
};

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Result<std::string> kind_of(const fs::path& model) {
  const MappedFile file = TRY(MappedFile::open(model));
  switch (const FileContent content = detect_content(file.bytes())) {
    case FileContent::kExportedProgram: return "pt2";
    case FileContent::kTorchScript: return "torchscript";
    case FileContent::kHdf5:
    case FileContent::kKerasArchive: return "keras";
    default:
      return fail(
          Code::kFailedPrecondition,
          fmt::format("--verify-with python: {} is a file of kind '{}', which holds weights and no network that "
                      "a framework could run; give inputs and outputs with --verify FILE.npz",
                      model.string(), content_name(content)));
  }
}

Status write_inputs(std::span<const NamedTensor> inputs, const fs::path& path) {
  const std::vector<std::byte> archive = TRY(write_npz(inputs));
  return write_file_atomic(path, as_text(archive));
}

Status check_ended_well(const FinishedProcess& done, const PythonReference& reference) {
  if (done.status.success()) return {};
  const std::string said = done.output.substr(done.output.size() - std::min<std::size_t>(done.output.size(), 1000));
  if (done.status.signal == 0 && done.status.code == kFrameworkMissing) {
    return fail(Code::kUnavailable,
                fmt::format("--verify-with python: {} lacks the module {}; install it there, or set TANDEM_PYTHON to "
                            "an interpreter that has it",
                            reference.program, said.substr(0, said.find('\n'))));
  }
  return fail(Code::kFailedPrecondition,
              fmt::format("--verify-with python: the framework ended with {}: {}", to_string(done.status), said));
}

/// To its end, or to that of the user's patience.
Result<FinishedProcess> run_unless_interrupted(const SubprocessOptions& options, Interruption& interruption) {
  Subprocess process = TRY(Subprocess::start(options));
  const SteadyTime end = system_clock().now() + kPatience;
  std::optional<ExitStatus> status;
  while (!status) {
    status = process.wait(std::chrono::milliseconds(20));
    process.take_output();
    if (status) break;
    if (interruption.came()) return fail(Code::kCancelled, "interrupted; nothing was written");
    if (system_clock().now() > end) {
      return fail(Code::kDeadlineExceeded, "--verify-with python: the framework did not answer within half an hour");
    }
  }
  return FinishedProcess{*status, process.output()};
}

Result<convert::FrameworkAnswer> ask(const PythonReference& reference, std::span<const NamedTensor> inputs,
                                     Interruption& interruption) {
  const auto folder = TRY(ScratchFolder::make(fs::temp_directory_path(), "tandem-verify-"));
  const fs::path given = folder->path() / "inputs.npz";
  const fs::path answered = folder->path() / "outputs.npz";
  TRY(write_inputs(inputs, given));
  SubprocessOptions options;
  options.program = reference.program;
  options.arguments = {"-m",           "tandem_worker.reference", reference.kind, reference.model.string(),
                       given.string(), answered.string()};
  const std::string theirs = from_environment("PYTHONPATH");
  options.environment = {{"PYTHONPATH", reference.sdk.string() + (theirs.empty() ? "" : ":" + theirs)},
                         {"PYTHONDONTWRITEBYTECODE", "1"}};
  const FinishedProcess done = TRY(run_unless_interrupted(options, interruption));
  TRY(check_ended_well(done, reference));
  const MappedFile file = TRY(MappedFile::open(answered));
  convert::FrameworkAnswer answer;
  std::vector<NamedTensor> outputs = TRY(read_npz(file.bytes()));
  for (NamedTensor& output : outputs) answer.outputs.push_back(std::move(output.tensor));
  const std::string said = done.output.substr(0, done.output.find_last_not_of('\n') + 1);
  answer.framework = said.substr(said.rfind('\n') + 1);
  return answer;
}

}  // namespace

Result<convert::Framework> python_reference(const fs::path& model, Interruption& interruption) {
  PythonReference reference;
  std::error_code error;
  reference.model = fs::absolute(model, error);
  reference.kind = TRY(kind_of(model));
  reference.program = TRY(python::find_interpreter(from_environment("TANDEM_PYTHON"))).program;
  reference.sdk = TRY(python::find_sdk(from_environment("TANDEM_PYTHON_SDK"), program_folder()));
  return
      [reference, &interruption](std::span<const NamedTensor> inputs) { return ask(reference, inputs, interruption); };
}

}  // namespace tandem::app
