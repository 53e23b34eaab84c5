// SPDX-License-Identifier: Apache-2.0
// Fuzzes the readers of a store's JSON: records, log lines, and metadata as it is merged and compared.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "store/comparison.h"
#include "store/log_line.h"
#include "store/metadata_document.h"
#include "store/version_record.h"
#include "store/versioned_name.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(tandem::VersionedName::parse(text));
  static_cast<void>(tandem::headline_accuracy(text));
  static_cast<void>(tandem::compare_metadata(text, text));
  static_cast<void>(
      tandem::make_metadata(text, "{}", {{"a", "b", "c", "20260101"}, 1, "2026-01-01T00:00:00.000Z", {"", 0}}));
  static_cast<void>(tandem::parse_log_line(text));
  const auto record = tandem::parse_record(text, "a_b_c_20260101");
  // What was read is written back as it was read.
  if (record && tandem::parse_record(tandem::format_record(*record), record->name) != *record) std::abort();
  return 0;
}
