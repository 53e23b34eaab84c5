// SPDX-License-Identifier: Apache-2.0
// A table of what is known to be harmful; everything else that is not data is named as what it is: an import.
#include "formats/pickle_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "formats/file_content.h"
#include "formats/pickle.h"
#include "formats/torch_types.h"
#include "formats/zip_archive.h"

namespace tandem {
namespace {

constexpr std::size_t kLongestArgument = 80;
constexpr int kDeepestArchive = 2;  // a .pt2 holds .pt files, which are archives themselves
constexpr std::size_t kLegacyPickles = 5;

struct Effect {
  std::string_view prefix;  // of the dotted name: a module with its dot, or a whole name
  std::string_view sentence;
  bool harmful;
};

constexpr std::string_view kCommand = "runs a command of the system";
constexpr std::string_view kCode = "runs Python code that the file gives";
constexpr std::string_view kFiles = "reads, writes or deletes files";
constexpr std::string_view kNetwork = "reaches the network";
constexpr std::string_view kMemory = "changes memory or calls native code";
constexpr std::string_view kAny = "reaches any function by its name, and so anything";
constexpr std::string_view kPickle = "loads a second pickle, which can do anything";

/// The first row that fits counts.
constexpr std::array kEffects = {
    Effect{"os.environ", "reads or changes the environment", true},
    Effect{"os.getenv", "reads the environment", true},
    Effect{"os.system", kCommand, true},
    Effect{"os.popen", kCommand, true},
    Effect{"os.exec", kCommand, true},
    Effect{"os.spawn", kCommand, true},
    Effect{"os.kill", "ends other programs", true},
    Effect{"os.", "calls the operating system: files, processes", true},
    Effect{"posix.system", kCommand, true},
    Effect{"posix.popen", kCommand, true},
    Effect{"posix.", "calls the operating system: files, processes", true},
    Effect{"nt.", "calls the operating system: files, processes", true},
    Effect{"subprocess.", kCommand, true},
    Effect{"commands.", kCommand, true},
    Effect{"pty.", kCommand, true},
    Effect{"platform.popen", kCommand, true},
    Effect{"asyncio.", kCommand, true},
    Effect{"multiprocessing.", "starts processes", true},
    Effect{"builtins.eval", kCode, true},
    Effect{"builtins.exec", kCode, true},
    Effect{"builtins.compile", kCode, true},
    Effect{"builtins.execfile", kCode, true},
    Effect{"builtins.open", kFiles, true},
    Effect{"builtins.__import__", "imports any module, which runs its code", true},
    Effect{"builtins.getattr", kAny, true},
    Effect{"builtins.setattr", "changes what other code does", true},
    Effect{"builtins.globals", kAny, true},
    Effect{"builtins.vars", kAny, true},
    Effect{"builtins.apply", kAny, true},
    Effect{"builtins.map", kAny, true},
    Effect{"builtins.filter", kAny, true},
    Effect{"builtins.breakpoint", "stops in a debugger", true},
    Effect{"builtins.input", "waits for a person's input", true},
    Effect{"builtins.", "calls a function of Python itself", false},
    Effect{"runpy.", kCode, true},
    Effect{"code.", kCode, true},
    Effect{"codeop.", kCode, true},
    Effect{"timeit.", kCode, true},
    Effect{"cProfile.", kCode, true},
    Effect{"profile.", kCode, true},
    Effect{"bdb.", kCode, true},
    Effect{"pdb.", kCode, true},
    Effect{"doctest.", kCode, true},
    Effect{"types.FunctionType", kCode, true},
    Effect{"types.CodeType", kCode, true},
    Effect{"marshal.", kCode, true},
    Effect{"numpy.testing._private.utils.runstring", kCode, true},
    Effect{"numpy.load", kPickle, true},
    Effect{"pickle.", kPickle, true},
    Effect{"_pickle.", kPickle, true},
    Effect{"cPickle.", kPickle, true},
    Effect{"dill.", kPickle, true},
    Effect{"cloudpickle.", kPickle, true},
    Effect{"joblib.", kPickle, true},
    Effect{"torch.load", kPickle, true},
    Effect{"torch.serialization.load", kPickle, true},
    Effect{"torch.storage._load_from_bytes", kPickle, true},
    Effect{"torch.hub.", kNetwork, true},
    Effect{"torch.utils.cpp_extension.", kCommand, true},
    Effect{"torch.jit.unsupported_tensor_ops.execWrapper", kCode, true},
    Effect{"torch._dynamo.", kCode, true},
    Effect{"torch._inductor.", kCode, true},
    Effect{"importlib.", "imports any module, which runs its code", true},
    Effect{"pkgutil.", "imports any module, which runs its code", true},
    Effect{"zipimport.", "imports any module, which runs its code", true},
    Effect{"pip.", "installs software", true},
    Effect{"sys.", "reaches into the interpreter", true},
    Effect{"ctypes.", kMemory, true},
    Effect{"_ctypes.", kMemory, true},
    Effect{"cffi.", kMemory, true},
    Effect{"gc.", kMemory, true},
    Effect{"signal.", "changes how the program ends", true},
    Effect{"operator.attrgetter", kAny, true},
    Effect{"operator.methodcaller", kAny, true},
    Effect{"_operator.attrgetter", kAny, true},
    Effect{"_operator.methodcaller", kAny, true},
    Effect{"functools.", "calls another function of the file's choice", true},
    Effect{"itertools.", "calls another function of the file's choice", true},
    Effect{"shutil.", kFiles, true},
    Effect{"pathlib.Path.", kFiles, true},
    Effect{"pathlib.", "names a path; opens nothing", false},
    Effect{"io.", kFiles, true},
    Effect{"_io.", kFiles, true},
    Effect{"tempfile.", kFiles, true},
    Effect{"glob.", kFiles, true},
    Effect{"linecache.", kFiles, true},
    Effect{"zipfile.", kFiles, true},
    Effect{"tarfile.", kFiles, true},
    Effect{"sqlite3.", kFiles, true},
    Effect{"socket.", kNetwork, true},
    Effect{"_socket.", kNetwork, true},
    Effect{"ssl.", kNetwork, true},
    Effect{"urllib.", kNetwork, true},
    Effect{"urllib2.", kNetwork, true},
    Effect{"http.", kNetwork, true},
    Effect{"httplib.", kNetwork, true},
    Effect{"requests.", kNetwork, true},
    Effect{"aiohttp.", kNetwork, true},
    Effect{"ftplib.", kNetwork, true},
    Effect{"smtplib.", kNetwork, true},
    Effect{"telnetlib.", kNetwork, true},
    Effect{"xmlrpc.", kNetwork, true},
    Effect{"webbrowser.", "opens a web browser", true},
    Effect{"__torch__.", "names a class of the TorchScript beside it", false},
    Effect{"argparse.Namespace", "makes an object of settings", false},
    Effect{"types.SimpleNamespace", "makes an object of settings", false},
    Effect{"collections.", "makes a container", false},
    Effect{"datetime.", "makes a date", false},
    Effect{"enum.", "makes an enumeration", false},
    Effect{"numpy.", "imports NumPy and calls it", false},
    Effect{"torch.nn.", "imports PyTorch and makes a module of its own", false},
    Effect{"torch.optim.", "imports PyTorch and makes an optimizer", false},
    Effect{"torchvision.", "imports torchvision and makes one of its objects", false},
};

/// Python 2 has another name for the module of built-in functions.
std::string plain_name(std::string_view name) {
  constexpr std::string_view kOldBuiltins = "__builtin__.";
  if (name.starts_with(kOldBuiltins)) return "builtins." + std::string(name.substr(kOldBuiltins.size()));
  return std::string(name);
}

ForeignGlobal describe(const std::string& name) {
  const std::string plain = plain_name(name);
  const auto row =
      std::ranges::find_if(kEffects, [&](const Effect& effect) { return plain.starts_with(effect.prefix); });
  if (row != kEffects.end()) return {name, std::string(row->sentence), "", row->harmful};
  const std::string module = name.substr(0, name.rfind('.'));
  return {name, fmt::format("imports the module {}, which runs its code, and calls it", module), "", false};
}

/// What a call gets first, when that is text; on one line.
std::string argument_text(const PickleValue& call) {
  const PickleValue* first = call.argument(0);
  // subprocess.Popen takes a list of words.
  if (first != nullptr && !first->items.empty() && first->kind == PickleKind::kList) first = first->items[0];
  if (first == nullptr || (first->kind != PickleKind::kString && first->kind != PickleKind::kBytes)) return "";
  std::string text;
  for (const char character : first->text.substr(0, kLongestArgument)) {
    text += static_cast<unsigned char>(character) < 0x20 ? ' ' : character;
  }
  if (first->text.size() > kLongestArgument) text += "...";
  return text;
}

using Report = std::map<std::string, ForeignGlobal>;

void report_document(const PickleDocument& document, Report& report) {
  for (const std::string& name : document.globals()) {
    if (!is_known_torch_global(name)) report.try_emplace(name, describe(name));
  }
  for (const PickleValue& value : document.values()) {
    if (value.kind != PickleKind::kObject) continue;
    const auto found = report.find(value.class_name());
    if (found != report.end() && found->second.argument.empty()) found->second.argument = argument_text(value);
  }
}

/// The pickles that stand one behind the other; what follows the last is no pickle.
Status report_pickles(std::span<const std::byte> bytes, std::size_t count, Report& report) {
  for (std::size_t i = 0; i < count; ++i) {
    const PickleDocument document = TRY(PickleDocument::parse(bytes));
    report_document(document, report);
    bytes = bytes.subspan(document.size());
  }
  return {};
}

Status report_file(std::span<const std::byte> file, int depth, Report& report);

Status report_archive(std::span<const std::byte> file, int depth, Report& report) {
  const ZipArchive archive = TRY(ZipArchive::open(file));
  for (const ZipMember& member : archive.members()) {
    const bool is_pickle = member.name.ends_with(".pkl");
    const bool is_archive = member.name.ends_with(".pt") || member.name.ends_with(".pth");
    if (!is_pickle && !is_archive) continue;
    std::vector<std::byte> inflated;
    if (member.deflated) inflated = TRY(archive.read(member));
    const std::span<const std::byte> bytes = member.deflated ? std::span<const std::byte>(inflated) : member.data;
    const Status status = is_pickle ? report_pickles(bytes, 1, report) : report_file(bytes, depth + 1, report);
    if (!status) return fail(status.error().with_context(member.name));
  }
  return {};
}

Status report_file(std::span<const std::byte> file, int depth, Report& report) {
  switch (detect_content(file)) {
    case FileContent::kPickle: return report_pickles(file, 1, report);
    case FileContent::kTorchLegacy: return report_pickles(file, kLegacyPickles, report);
    case FileContent::kTorchZip:
    case FileContent::kTorchScript:
    case FileContent::kExportedProgram:
      return depth == kDeepestArchive ? Status() : report_archive(file, depth, report);
    default: return {};
  }
}

}  // namespace

Result<std::vector<ForeignGlobal>> foreign_globals_of(std::span<const std::byte> file) {
  Report report;
  TRY(report_file(file, 0, report));
  std::vector<ForeignGlobal> globals;
  for (auto& [name, global] : report) globals.push_back(std::move(global));
  std::stable_partition(globals.begin(), globals.end(), [](const ForeignGlobal& global) { return global.harmful; });
  return globals;
}

std::string to_string(const ForeignGlobal& global) {
  if (global.argument.empty()) return fmt::format("{}: {}", global.name, global.effect);
  return fmt::format("{}: {} ('{}')", global.name, global.effect, global.argument);
}

}  // namespace tandem
