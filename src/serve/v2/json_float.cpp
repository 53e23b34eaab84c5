// SPDX-License-Identifier: Apache-2.0
// A fast path for the numbers that clients really send; fast_float for the rest.
#include "serve/v2/json_float.h"

#include <dragonbox/dragonbox_to_chars.h>
#include <fast_float/fast_float.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "serve/v2/usual_float.h"

namespace tandem::serve {
namespace {

constexpr std::array<double, 23> kPowersOfTen{1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                              1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr int kMaxExactPower = 22;
constexpr int kMaxDigits = 18;  // fit into 64 bits with room

struct Scanned {
  const char* after = nullptr;  // null: not a JSON number
  std::uint64_t digits = 0;     // significant digits as an integer
  int digit_count = 0;          // of them; more than kMaxDigits: `digits` is not to be used
  int exponent = 0;             // value = digits * 10^exponent
  bool negative = false;
  bool exact = true;  // digits and exponent hold the whole number
};

// Eight characters as a number, the first in the lowest byte.
std::uint64_t load_eight(const char* at) {
  std::uint64_t characters = 0;
  std::memcpy(&characters, at, sizeof(characters));
  return characters;
}

bool are_eight_digits(std::uint64_t characters) {
  constexpr std::uint64_t kHighNibbles = 0xF0F0F0F0F0F0F0F0;
  const std::uint64_t plus_six = characters + 0x0606060606060606;  // carries ':' to '?' out of the row of the digits
  return ((characters & kHighNibbles) | ((plus_six & kHighNibbles) >> 4)) == 0x3333333333333333;
}

// Adds neighbours up: digits to pairs, pairs to fours, fours to eight.
std::uint64_t value_of_eight(std::uint64_t characters) {
  characters -= 0x3030303030303030;
  characters = (characters & 0x000F000F000F000F) * 10 + ((characters >> 8) & 0x000F000F000F000F);
  characters = (characters & 0x0000007F0000007F) * 100 + ((characters >> 16) & 0x0000007F0000007F);
  return (characters & 0x3FFF) * 10'000 + ((characters >> 32) & 0x3FFF);
}

// The digits before the point, which are few: one at a time. `*at` is no '0'.
const char* scan_whole(const char* at, const char* end, Scanned& scanned) {
  const char* const first = at;
  std::uint64_t digits = 0;
  for (; at != end && is_json_digit(*at); ++at) digits = digits * 10 + static_cast<std::uint64_t>(*at - '0');
  scanned.digits = digits;
  scanned.digit_count = static_cast<int>(std::min<std::ptrdiff_t>(at - first, 1000));
  return at;
}

// Those behind it, which are many: eight at a time. Zeros in front are no significant digits.
[[gnu::always_inline]] inline const char* scan_fraction(const char* at, const char* end, Scanned& scanned) {
  std::uint64_t digits = scanned.digits;
  while (digits == 0 && at != end && *at == '0') ++at;
  const char* const first = at;
  for (; end - at >= 8; at += 8) {
    const std::uint64_t characters = load_eight(at);
    if (!are_eight_digits(characters)) break;
    digits = digits * 100'000'000 + value_of_eight(characters);
  }
  for (; at != end && is_json_digit(*at); ++at) digits = digits * 10 + static_cast<std::uint64_t>(*at - '0');
  scanned.digits = digits;
  scanned.digit_count += static_cast<int>(std::min<std::ptrdiff_t>(at - first, 1000));
  return at;
}

// Reads "e-12"; null when no digit follows.
const char* scan_exponent(const char* at, const char* end, Scanned& scanned) {
  bool negative = false;
  if (at != end && (*at == '+' || *at == '-')) negative = *at++ == '-';
  if (at == end || !is_json_digit(*at)) return nullptr;
  int exponent = 0;
  for (; at != end && is_json_digit(*at); ++at) {
    if (exponent < 100'000) exponent = exponent * 10 + (*at - '0');
  }
  scanned.exponent += negative ? -exponent : exponent;
  return at;
}

// Inlined into its callers, as is scan_fraction: the struct then never leaves the registers.
[[gnu::always_inline]] inline Scanned scan_number(const char* at, const char* end) {
  Scanned scanned;
  if (at != end && *at == '-') {
    scanned.negative = true;
    ++at;
  }
  if (at == end || !is_json_digit(*at)) return scanned;
  if (*at == '0') {
    ++at;
    if (at != end && is_json_digit(*at)) return scanned;
  } else {
    at = scan_whole(at, end, scanned);
  }
  if (at != end && *at == '.') {
    const char* const fraction = ++at;
    at = scan_fraction(at, end, scanned);
    if (at == fraction) return scanned;
    scanned.exact = at - fraction < 10'000;  // the exponent below is an int
    scanned.exponent = scanned.exact ? -static_cast<int>(at - fraction) : 0;
  }
  if (at != end && (*at == 'e' || *at == 'E')) {
    at = scan_exponent(at + 1, end, scanned);
    if (at == nullptr) return scanned;
  }
  scanned.exact = scanned.exact && scanned.digit_count <= kMaxDigits && scanned.exponent >= -kMaxExactPower &&
                  scanned.exponent <= kMaxExactPower;
  scanned.after = at;
  return scanned;
}

// Within one unit in the last place: one rounding of the digits, one of the power.
double approximate(const Scanned& scanned) {
  const auto digits = static_cast<double>(scanned.digits);
  const double value = scanned.exponent < 0 ? digits / kPowersOfTen[static_cast<std::size_t>(-scanned.exponent)]
                                            : digits * kPowersOfTen[static_cast<std::size_t>(scanned.exponent)];
  return scanned.negative ? -value : value;
}

// Whether every double near `value` rounds to the same float.
bool rounds_safely(double value) {
  const double magnitude = std::fabs(value);
  return magnitude >= 1.2e-38 && magnitude <= 3.4e38 && !is_near_middle(value);
}

template <typename T>
const char* read_exactly(const char* at, const char* after, T& value) {
  fast_float::from_chars(at, after, value);  // the grammar is checked; out of range gives 0 or infinity
  return after;
}

template <typename T>
void append_shortest(std::string& out, T value) {
  if (std::isnan(value)) {
    out += "\"NaN\"";
  } else if (std::isinf(value)) {
    out += value < 0 ? "\"-Infinity\"" : "\"Infinity\"";
  } else if (std::fabs(value) < T{1e6} && value == std::trunc(value) && !(value == 0 && std::signbit(value))) {
    out += std::to_string(static_cast<long>(value));  // 0 and 255 rather than 0E0 and 2.55E2
  } else {
    std::array<char, 32> text;
    out.append(text.data(), jkj::dragonbox::to_chars_n(value, text.data()));
  }
}

}  // namespace

const char* read_json_float(const char* at, const char* end, float& value) {
  const Scanned scanned = scan_number(at, end);
  if (scanned.after == nullptr) return nullptr;
  if (scanned.exact) {
    const double near = approximate(scanned);
    if (scanned.digits == 0 || rounds_safely(near)) {
      value = static_cast<float>(near);
      return scanned.after;
    }
  }
  return read_exactly(at, scanned.after, value);
}

const char* read_json_float(const char* at, const char* end, double& value) {
  const Scanned scanned = scan_number(at, end);
  if (scanned.after == nullptr) return nullptr;
  if (scanned.exact && scanned.digits <= std::uint64_t{1} << 53) {  // both operands exact, so one rounding in all
    value = approximate(scanned);
    return scanned.after;
  }
  return read_exactly(at, scanned.after, value);
}

void append_json_float(std::string& out, float value) { append_shortest(out, value); }
void append_json_float(std::string& out, double value) { append_shortest(out, value); }

}  // namespace tandem::serve
