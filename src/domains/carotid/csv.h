// SPDX-License-Identifier: Apache-2.0
// A sequence as CSV: docs/formats/carotid-csv.md.
#pragma once

#include <span>
#include <string>

#include "domains/carotid/sequence_row.h"

namespace tandem::carotid {

/// RFC 4180: a header, then one record a row, lines ended by CRLF. A field that is not known is empty.
/// millimetres  whether lengths are mm (else px), as they were measured
std::string rows_as_csv(std::span<const SequenceRow> rows, bool millimetres);

}  // namespace tandem::carotid
