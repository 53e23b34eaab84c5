// SPDX-License-Identifier: Apache-2.0
// The conformance suite: engine_conformance ENGINE CASES_FOLDER CANNOT_LIST [GLOB]
// Runs every case, prints a table, and fails when a case fails that the list does not name, or passes although it does.
#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/log.h"
#include "conformance/cannot_list.h"
#include "conformance/case_runner.h"
#include "conformance/rewriting_engine.h"
#include "engines/onnxruntime/onnxruntime_engine.h"
#include "engines/openvino/openvino_engine.h"

namespace tandem::conformance {
namespace {

/// The engines that the suite knows; one line more for each that is added.
std::unique_ptr<Engine> make_engine(const std::string& name) {
  if (name == "onnxruntime") return make_onnxruntime_engine();
  if (name == "openvino") return make_openvino_engine({TANDEM_OPENVINO_LIBRARY});
  if (name == "rewritten") return make_rewriting_engine(make_onnxruntime_engine(), rewrite_nothing);
  if (name == "simplified") return make_rewriting_engine(make_onnxruntime_engine(), rewrite_simplified);
  if (name == "shapes") return make_shape_checking_engine(make_onnxruntime_engine());
  for (const std::int64_t opset : {11, 13, 17, 21}) {
    if (name != fmt::format("opset{}", opset)) continue;
    return make_rewriting_engine(make_onnxruntime_engine(), rewrite_in_opset(opset));
  }
  return nullptr;
}

/// The exit code that ctest takes for "skipped".
constexpr int kSkipped = 77;

std::vector<std::filesystem::path> find_cases(const std::filesystem::path& root, const std::string& glob) {
  std::vector<std::filesystem::path> cases;
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root, error)) {
    if (entry.path().filename() != "model.onnx") continue;
    const auto folder = entry.path().parent_path();
    if (::fnmatch(glob.c_str(), folder.filename().c_str(), 0) == 0) cases.push_back(folder);
  }
  std::sort(cases.begin(), cases.end());
  return cases;
}

struct Tally {
  int passed = 0;
  int failed = 0;
  int stale = 0;
  std::map<std::string, int> cannot;  // by reason
  std::set<const Cannot*> used;
};

void count(const std::string& name, const Status& status, const Cannot* cannot, Tally& tally) {
  tally.used.insert(cannot);
  if (status && (cannot == nullptr || cannot->depends_on_machine)) {
    ++tally.passed;
  } else if (status) {
    ++tally.stale;
    fmt::print("STALE   {}: passes; the list says '{}  {}'\n", name, cannot->pattern, cannot->reason);
  } else if (cannot != nullptr) {
    ++tally.cannot[cannot->reason];
  } else {
    ++tally.failed;
    fmt::print("FAILED  {}: {}: {}\n", name, code_name(status.error().code), status.error().message);
  }
}

/// An entry that no case needs any more makes the list longer than the truth.
void count_unused(const std::vector<Cannot>& list, Tally& tally) {
  for (const auto& entry : list) {
    if (tally.used.contains(&entry) || entry.depends_on_machine) continue;
    ++tally.stale;
    fmt::print("STALE   {}: no case needs this entry of the list\n", entry.pattern);
  }
}

void print_table(const Tally& tally, const Engine& engine) {
  fmt::print("\n{} {}\n{:>6}  passed\n", engine.name(), engine.version(), tally.passed);
  for (const auto& [reason, cases] : tally.cannot) fmt::print("{:>6}  cannot: {}\n", cases, reason);
  fmt::print("{:>6}  failed\n{:>6}  stale entries of the list\n", tally.failed, tally.stale);
}

int run_suite(const std::string& name, const std::filesystem::path& root, const std::filesystem::path& list_path,
              const std::string& glob) {
  const auto engine = make_engine(name);
  const Status available = engine ? engine->available() : not_found("there is no engine '" + name + "'");
  if (!available && available.error().code == Code::kUnimplemented) {
    fmt::print("skipped: {}\n", available.error().message);
    return kSkipped;
  }
  const auto list = read_cannot_list(list_path);
  const auto cases = find_cases(root, glob);
  if (!available || !list || cases.empty()) {
    fmt::print(stderr, "{}\n",
               !available ? available.error().message
               : !list    ? list.error().message
                          : root.string() + ": no cases; run tests/conformance/prepare_cases.py");
    return 1;
  }
  log::configure(log::Level::kOff, log::Format::kText);
  // A model that is too new for the engine may be written in an opset that is not.
  const bool may_do_more = name == "simplified" || name.starts_with("opset");
  Tally tally;
  for (const auto& folder : cases) {
    const std::string case_name = folder.filename().string();
    const Status status = run_case(*engine, folder);
    const Cannot* cannot = find_cannot(*list, case_name, status);
    count(case_name, status, status && may_do_more ? nullptr : cannot, tally);
  }
  if (glob == "*" && !may_do_more) count_unused(*list, tally);
  print_table(tally, *engine);
  return tally.failed == 0 && tally.stale == 0 ? 0 : 1;
}

}  // namespace
}  // namespace tandem::conformance

int main(int argc, char** argv) {
  if (argc < 4 || argc > 5) {
    fmt::print(stderr, "usage: {} ENGINE CASES_FOLDER CANNOT_LIST [GLOB]\n", argv[0]);
    return 2;
  }
  return tandem::conformance::run_suite(argv[1], argv[2], argv[3], argc == 5 ? argv[4] : "*");
}
