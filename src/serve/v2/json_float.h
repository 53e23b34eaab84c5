// SPDX-License-Identifier: Apache-2.0
// Numbers of a JSON array: text to the exactly rounded float or double, and back in the fewest digits.
#pragma once

#include <string>

namespace tandem::serve {

inline bool is_json_digit(char c) { return c >= '0' && c <= '9'; }

/// Reads one JSON number at `at`; returns the place behind it, or null when there is none. Rounds as IEEE 754 demands;
/// beyond the range the result is infinite.
const char* read_json_float(const char* at, const char* end, float& value);
const char* read_json_float(const char* at, const char* end, double& value);

/// The shortest text that reads back as `value`. JSON has no numbers for what is not finite: those become the strings
/// "NaN", "Infinity" and "-Infinity", as in the JSON form of protocol buffers.
void append_json_float(std::string& out, float value);
void append_json_float(std::string& out, double value);

}  // namespace tandem::serve
