// SPDX-License-Identifier: Apache-2.0
// read_usual_floats: the numbers that programs write of normalized images, read without a branch on their digits.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace tandem::serve {

/// Whether a double within kMargin units in the last place of `value` rounds to another float, if those are normal.
inline bool is_near_middle(double value) {
  constexpr std::uint64_t kBelowFloat = (std::uint64_t{1} << 29) - 1;
  constexpr std::uint64_t kMiddle = std::uint64_t{1} << 28;
  constexpr std::uint64_t kMargin = 128;
  const std::uint64_t rest = std::bit_cast<std::uint64_t>(value) & kBelowFloat;
  return rest + kMargin - kMiddle <= 2 * kMargin;
}

#ifdef __SSE2__
/// Sixteen values of 0 to 9 as one number, the first of the highest rank.
inline std::uint64_t join_sixteen(__m128i values) {
  const __m128i tens = _mm_set1_epi32(0x0001000A);  // neighbours: 10 and 1
  const __m128i pairs = _mm_packs_epi32(_mm_madd_epi16(_mm_unpacklo_epi8(values, _mm_setzero_si128()), tens),
                                        _mm_madd_epi16(_mm_unpackhi_epi8(values, _mm_setzero_si128()), tens));
  const __m128i fours = _mm_madd_epi16(pairs, _mm_set1_epi32(0x00010064));                           // 100 and 1
  const __m128i eights = _mm_madd_epi16(_mm_packs_epi32(fours, fours), _mm_set1_epi32(0x00012710));  // 10,000 and 1
  const auto both = static_cast<std::uint64_t>(_mm_cvtsi128_si64(eights));
  return (both & 0xFFFFFFFF) * 100'000'000 + (both >> 32);
}

/// Of sixteen characters; above 9 for what is no digit.
inline __m128i digit_values(const char* at) {
  return _mm_sub_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)), _mm_set1_epi8('0'));
}

inline unsigned digits_among(__m128i values) {
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(values, _mm_set1_epi8(9)), values)));
}

/// Values of the digits that sixteen characters begin with, and zeros behind them. It is worked out again instead of
/// from their count, for that would have to wait until they are counted: this halves the time of a number.
inline __m128i leading_digits(const char* at) {
  const __m128i values = digit_values(at);
  __m128i others = _mm_cmpgt_epi8(_mm_xor_si128(values, _mm_set1_epi8(-128)), _mm_set1_epi8(-128 + 9));
  others = _mm_or_si128(others, _mm_slli_si128(others, 1));
  others = _mm_or_si128(others, _mm_slli_si128(others, 2));
  others = _mm_or_si128(others, _mm_slli_si128(others, 4));
  others = _mm_or_si128(others, _mm_slli_si128(others, 8));
  return _mm_andnot_si128(others, values);
}

/// Numbers that were read, one behind the other.
struct UsualRun {
  std::size_t count = 0;
  const char* after = nullptr;  // behind the last of them: its comma
};

/// Reads what programs write of a normalized image: one digit, the point, and any number of digits, as
/// "-1.2345678901234567", each with "," or ", " behind it. Signs and lengths differ from number to number, so nothing
/// here branches on them: missing digits count as zeros behind the last. It stops before a number that is another one,
/// too small or too near to the middle of two floats to be told from sixteen digits, or too near to `end`; `values` are
/// at most that many.
inline UsualRun read_usual_floats(const char* at, const char* end, std::span<float> values) {
  constexpr std::ptrdiff_t kLookedAt = 34;                // two vectors, and what is behind a comma at their end
  constexpr std::uint64_t kOne = 10'000'000'000'000'000;  // 1 in the last of sixteen digits
  constexpr std::uint64_t kLeast = kOne / 128;            // from here on 1e-16 is less than kMargin
  UsualRun run;
  for (; run.count < values.size() && end - at >= kLookedAt; ++run.count) {
    const std::uint32_t negative = *at == '-' ? 1 : 0;
    const unsigned are_digits = digits_among(digit_values(at)) | digits_among(digit_values(at + 16)) << 16;
    // The end is where the digits end behind the first three characters, whatever those are: the next number can be
    // looked for before this one is understood.
    const char* const after = at + std::countr_zero((~are_digits & ~7U) | 1U << 31);
    const char* const number = at + negative;
    const auto whole = static_cast<std::uint64_t>(*number - '0');
    if (*after != ',' || whole > 9 || number[1] != '.' || (are_digits >> (2 + negative) & 1) == 0) break;
    const std::uint64_t digits = whole * kOne + join_sixteen(leading_digits(number + 2));
    const double near = static_cast<double>(static_cast<std::int64_t>(digits)) * 1e-16;
    if (digits < kLeast || is_near_middle(near)) break;
    values[run.count] = std::bit_cast<float>(std::bit_cast<std::uint32_t>(static_cast<float>(near)) | negative << 31);
    run.after = after;
    at = after[1] == ' ' ? after + 2 : after + 1;
  }
  return run;
}
#else
inline UsualRun read_usual_floats(const char*, const char*, std::span<float>) { return {}; }
#endif

}  // namespace tandem::serve
