// SPDX-License-Identifier: Apache-2.0
// A comparison as one page: intervals, distributions and rounds drawn, answers, conditions.
#pragma once

#include <string>

#include "bench/compare_report.h"

namespace tandem::bench {

/// One HTML file that needs nothing else.
std::string report_as_page(const CompareReport& report);

}  // namespace tandem::bench
