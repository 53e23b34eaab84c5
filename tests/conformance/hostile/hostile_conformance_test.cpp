// SPDX-License-Identifier: Apache-2.0
// The hostile suite: files made to do harm, and good ones cut short, are refused with a sentence: no code of theirs
// runs, and memory and time stay bounded.
// hostile_conformance HOSTILE_FOLDER SOURCE_FOLDER
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/descriptor.h"
#include "base/file.h"
#include "base/log.h"
#include "base/scratch_folder.h"
#include "convert/importer/checkpoint_report.h"
#include "convert/importer/importer.h"
#include "formats/npz_writer.h"
#include "formats/pickle_report.h"
#include "formats/safetensors.h"

namespace tandem::conformance {
namespace {

namespace fs = std::filesystem;

// What a sanitizer takes for itself comes on top of the limits.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kDearer = 8;
#else
constexpr int kDearer = 1;
#endif
constexpr rlim_t kSeconds = 10 * kDearer;                             // of the processor, for one file
constexpr std::int64_t kMemory = std::int64_t{1536 * kDearer} << 20;  // resident at most, for one file
constexpr int kPercent = 100;

/// What became of one file in a process of its own.
struct Outcome {
  bool refused = false;
  std::string message;  // the refusal, or how the process ended
  std::int64_t peak_bytes = 0;
};

/// How a good file is read: which options it needs to be converted. A format is added as a row.
struct Format {
  std::string name;
  std::string file;  // below the source folder; "" when it is made here
  std::vector<std::int64_t> input = {};
};

const std::array<Format, 10>& formats() {
  static const std::array<Format, 10> kFormats = {{
      {"PyTorch zip", "tests/data/torch/sequential.pth", {-1, 1, 4, 4}},
      {"PyTorch legacy", "tests/data/torch/sequential_legacy.pth", {-1, 1, 4, 4}},
      {"safetensors", "", {}},
      {"npz", "", {}},
      {"PyTorch .pt2", "tests/data/convert/exported/dynamic.pt2", {}},
      {"PyTorch .pt2 of 2.5", "tests/data/convert/exported/flat_2_5.pt2", {}},
      {"TorchScript", "tests/data/convert/torchscript/traced.pt", {}},
      {"Keras archive", "tests/conformance/convert/keras/sequential.keras", {}},
      {"Keras HDF5", "tests/conformance/convert/keras/sequential_h5.h5", {}},
      {"Keras HDF5 of Keras 2", "tests/conformance/convert/keras/keras2_functional.h5", {}},
  }};
  return kFormats;
}

Status import_file(const fs::path& path, const std::vector<std::int64_t>& input) {
  convert::ConvertOptions options;
  if (!input.empty()) options.input_shapes = {{"input", input}};
  const auto imported = convert::import_model(path, options);
  if (!imported) return fail(imported.error());
  return {};
}

/// What a person may do to a file that came by mail: look at it, look for code in it, convert it.
Status read_in_every_way(const fs::path& path) {
  static_cast<void>(convert::inspect_checkpoint(path));
  const auto file = MappedFile::open(path);
  if (file) static_cast<void>(foreign_globals_of(file->bytes()));
  return import_file(path, {});
}

void limit_this_process() {
  const rlimit time{kSeconds, kSeconds};
  setrlimit(RLIMIT_CPU, &time);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

std::string read_all(int descriptor) {
  std::string text;
  std::array<char, 4096> buffer{};
  while (true) {
    const ssize_t count = read(descriptor, buffer.data(), buffer.size());
    if (count <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

/// Reads in a process of its own: one that dies, or fills the memory, is seen from outside.
Outcome apart(const std::function<Status()>& read_it) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return {false, "no pipe", 0};
  const pid_t child = fork();
  if (child == 0) {
    limit_this_process();
    const Status status = read_it();
    const std::string text = status ? "accepted" : "refused: " + status.error().message;
    const ssize_t written = write(ends[1], text.data(), std::min<std::size_t>(text.size(), 2000));
    _exit(written > 0 ? 0 : 1);
  }
  close(ends[1]);
  std::string text = read_all(ends[0]);
  close(ends[0]);
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  if (WIFSIGNALED(status)) text = fmt::format("killed by signal {}", WTERMSIG(status));
  return {text.starts_with("refused: "), text, std::int64_t{usage.ru_maxrss} * 1024};
}

/// A sentence for a person: some words, no control characters.
bool is_sentence(const std::string& message) {
  const auto words = std::ranges::count(message, ' ');
  return words >= 4 && std::ranges::none_of(message, [](unsigned char byte) { return byte < 0x20; });
}

int check(const std::string& name, const Outcome& outcome) {
  const bool bounded = outcome.peak_bytes <= kMemory;
  const bool right = outcome.refused && is_sentence(outcome.message) && bounded;
  if (right) return 0;
  fmt::print("FAILED  {}: {}{}\n", name, outcome.message,
             bounded ? "" : fmt::format(" ({} MB)", outcome.peak_bytes / 1'000'000));
  return 1;
}

int check_hostile_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::ranges::sort(files);
  int wrong = 0;
  std::int64_t peak = 0;
  for (const fs::path& file : files) {
    const Outcome outcome = apart([&] { return read_in_every_way(file); });
    wrong += check(file.filename().string(), outcome);
    peak = std::max(peak, outcome.peak_bytes);
    fmt::print("{:>6} kB  {}  {}\n", outcome.peak_bytes / 1000, file.filename().string(), outcome.message);
  }
  constexpr std::size_t kFewest = 40;
  if (files.size() < kFewest)
    fmt::print("FAILED  only {} hostile files in {}\n", files.size(), folder.string()), ++wrong;
  if (fs::exists(folder.parent_path() / "ran-code")) fmt::print("FAILED  code of a file was run\n"), ++wrong;
  fmt::print("{} hostile files, at most {} MB\n", files.size(), peak / 1'000'000);
  return wrong;
}

/// The demo checkpoint in the formats that no framework wrote for us.
Status make_formats(const fs::path& source, const fs::path& folder) {
  const Checkpoint checkpoint =
      TRY(read_checkpoint(source / "models/checkpoints/segmentation_transunet_phantom_20261121.pth"));
  TRY(write_safetensors(folder / "safetensors", checkpoint.tensors));
  const auto npz = TRY(write_npz(checkpoint.tensors));
  return write_file_atomic(folder / "npz", as_text(npz));
}

int check_truncations(const Format& format, const fs::path& file, const fs::path& folder) {
  const auto whole = apart([&] { return import_file(file, format.input); });
  if (whole.message != "accepted") {
    fmt::print("FAILED  {}: the whole file: {}\n", format.name, whole.message);
    return 1;
  }
  const auto bytes = read_file(file);
  int wrong = 0;
  for (std::size_t percent = 0; percent < kPercent; ++percent) {
    const fs::path part = folder / "part";
    const bool written =
        write_file_atomic(part, std::string_view(*bytes).substr(0, bytes->size() * percent / kPercent)).has_value();
    const Outcome outcome = written ? apart([&] { return import_file(part, format.input); }) : Outcome{};
    wrong += check(fmt::format("{} cut at {} %", format.name, percent), outcome);
  }
  fmt::print("{}: refused at every percent of its {} bytes but the last\n", format.name, bytes->size());
  return wrong;
}

int report_error(const Error& error) {
  fmt::print("{}\n", error.message);
  return 1;
}

int run_suite(const fs::path& hostile, const fs::path& source) {
  log::configure(log::Level::kOff, log::Format::kText);
  setbuf(stdout, nullptr);  // children must not write it again
  int wrong = check_hostile_files(hostile);
  const auto scratch = ScratchFolder::make(fs::temp_directory_path(), "hostile");
  if (!scratch) return report_error(scratch.error());
  if (const Status made = make_formats(source, (*scratch)->path()); !made) return report_error(made.error());
  for (const Format& format : formats()) {
    const fs::path file = format.file.empty() ? (*scratch)->path() / format.name : source / format.file;
    wrong += check_truncations(format, file, (*scratch)->path());
  }
  return wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace tandem::conformance

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: {} HOSTILE_FOLDER SOURCE_FOLDER\n", argv[0]);
    return 2;
  }
  return tandem::conformance::run_suite(argv[1], argv[2]);
}
