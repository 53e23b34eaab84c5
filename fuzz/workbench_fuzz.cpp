// SPDX-License-Identifier: Apache-2.0
// Fuzzes what the workbench is sent besides files: descriptions of jobs, names and queries.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>
#include <variant>

#include "serve/workbench/file_shelf.h"
#include "serve/workbench/job_request.h"
#include "serve/workbench/query.h"

using namespace tandem::serve;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto job = parse_job_request(std::as_bytes(std::span(text)))) {
    const auto* compare = std::get_if<CompareJob>(&*job);
    if (compare != nullptr && (compare->contenders.size() > kMostContenders || !(compare->seconds <= kMostSeconds))) {
      std::abort();
    }
  }
  const auto name = query_text(text, "name");
  const std::string_view called = name && *name ? std::string_view(**name) : text;
  if (check_file_name(called) && called.find_first_of("/\\") != std::string_view::npos) std::abort();
  (void)query_number(text, "size");
  return 0;
}
