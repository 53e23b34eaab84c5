// SPDX-License-Identifier: Apache-2.0
// Parses the list; the first pattern that fits a case counts.
#include "conformance/cannot_list.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <sstream>
#include <string_view>

#include "base/file.h"

namespace tandem::conformance {

namespace {

Status parse_line(std::string_view line, Cannot& entry) {
  std::string_view rest = line;
  entry.depends_on_machine = rest.starts_with('?');
  if (entry.depends_on_machine) rest.remove_prefix(1);
  entry.of_the_error = rest.starts_with('"');
  if (entry.of_the_error) rest.remove_prefix(1);
  const std::size_t end = rest.find(entry.of_the_error ? '"' : ' ');
  const std::size_t reason = end == std::string::npos ? end : rest.find_first_not_of(' ', end + 1);
  if (reason == std::string::npos) return invalid_argument(fmt::format("no reason in the line '{}'", line));
  entry.pattern = rest.substr(0, end);
  entry.reason = rest.substr(reason);
  return {};
}

}  // namespace

Result<std::vector<Cannot>> read_cannot_list(const std::filesystem::path& path) {
  std::istringstream lines(TRY(read_file(path)));
  std::vector<Cannot> list;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    TRY(parse_line(line, list.emplace_back()));
  }
  return list;
}

const Cannot* find_cannot(const std::vector<Cannot>& list, const std::string& name, const Status& status) {
  for (const auto& entry : list) {
    const bool fits = entry.of_the_error ? !status && status.error().message.find(entry.pattern) != std::string::npos
                                         : ::fnmatch(entry.pattern.c_str(), name.c_str(), 0) == 0;
    if (fits) return &entry;
  }
  return nullptr;
}

}  // namespace tandem::conformance
