// SPDX-License-Identifier: Apache-2.0
// Asks an interpreter who it is.
#include "engines/python/interpreter.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <sstream>

#include "base/subprocess.h"

namespace tandem::python {
namespace {

constexpr std::string_view kMarker = "tandem-python";
constexpr int kOldestMinor = 9;  // socket.recv_fds
constexpr std::chrono::seconds kTimeout{60};
constexpr std::string_view kWhatToDo =
    "set TANDEM_PYTHON to an interpreter that has NumPy and what your models import (for PyTorch on Debian: apt-get "
    "install python3-torch, TANDEM_PYTHON=/usr/bin/python3)";

constexpr const char* kQuestion = R"(import sys
sys.path[:] = [place for place in sys.path if place]
import platform
try:
    import numpy
    numpy_version = numpy.__version__
except ImportError:
    numpy_version = "-"
print("tandem-python", platform.python_version(), numpy_version, sys.executable))";

/// The 11 of "3.11.2"; -1 when the text is no version of Python 3.
int minor_version(std::string_view version) {
  if (!version.starts_with("3.")) return -1;
  int minor = -1;
  std::from_chars(version.data() + 2, version.data() + version.size(), minor);
  return minor;
}

}  // namespace

Result<Interpreter> read_versions(const std::string& program, std::string_view printed) {
  const auto at = printed.rfind(kMarker);
  Interpreter found;
  if (at != std::string_view::npos) {
    std::istringstream words{std::string(printed.substr(at + kMarker.size()))};
    words >> found.python_version >> found.numpy_version >> std::ws;
    std::getline(words, found.program);  // may contain spaces
  }
  if (found.program.empty()) {
    return fail(Code::kUnavailable, fmt::format("'{}' did not answer as Python does; {}", program, kWhatToDo));
  }
  if (minor_version(found.python_version) < kOldestMinor) {
    return fail(Code::kUnavailable, fmt::format("'{}' is Python {}, but 3.{} or newer is needed; {}", program,
                                                found.python_version, kOldestMinor, kWhatToDo));
  }
  if (found.numpy_version == "-") {
    return fail(Code::kUnavailable,
                fmt::format("'{}' (Python {} at {}) has no NumPy: install it there (pip install numpy), "
                            "or {}",
                            program, found.python_version, found.program, kWhatToDo));
  }
  return found;
}

Result<Interpreter> find_interpreter(const std::string& named) {
  const std::string program = named.empty() ? "python3" : named;
  const auto done = run_to_end({program, {"-c", kQuestion}, {}, {}}, kTimeout);
  if (!done) return fail(Code::kUnavailable, fmt::format("{}; {}", done.error().message, kWhatToDo));
  return read_versions(program, done->output);
}

Result<std::filesystem::path> find_sdk(const std::filesystem::path& named,
                                       const std::filesystem::path& program_folder) {
  std::vector<std::filesystem::path> places;
  if (!named.empty()) {
    places.push_back(named);
  } else {
    if (!program_folder.empty()) places.push_back(program_folder.parent_path() / "share" / "tandem" / "python");
    places.emplace_back(TANDEM_PYTHON_FOLDER);
  }
  std::string looked;
  for (const auto& place : places) {
    std::error_code ignored;
    if (std::filesystem::exists(place / "tandem_worker" / "child.py", ignored)) return place;
    looked += (looked.empty() ? "" : ", ") + place.string();
  }
  return fail(Code::kUnavailable,
              fmt::format("the Python package tandem_worker is in none of: {}; set TANDEM_PYTHON_SDK to "
                          "the folder that contains it (python/ in the sources)",
                          looked));
}

}  // namespace tandem::python
