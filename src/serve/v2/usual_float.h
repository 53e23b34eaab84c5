// SPDX-License-Identifier: Apache-2.0
// read_usual_floats: the numbers that programs write of normalized images, read without a branch on their digits.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace tandem::serve {

/// Numbers that were read, one behind the other.
struct UsualRun {
  std::size_t count = 0;
  const char* after = nullptr;  // behind the last of them: its comma
};

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

/// The first `count` of sixteen values, and zeros behind them; of more than sixteen, all.
inline __m128i first_of(__m128i values, std::size_t count) {
  alignas(32) static constexpr std::array<std::uint8_t, 32> kKept = [] {
    std::array<std::uint8_t, 32> kept{};
    for (std::size_t i = 0; i < 16; ++i) kept[i] = 0xFF;
    return kept;
  }();
  const auto* const from = kKept.data() + 16 - std::min<std::size_t>(count, 16);
  return _mm_and_si128(values, _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
}

/// A bit for each of 64 characters.
inline std::uint64_t commas_among(const char* at) {
  const __m128i comma = _mm_set1_epi8(',');
  std::uint64_t commas = 0;
  for (int part = 0; part < 4; ++part) {
    const __m128i text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + 16 * part));
    const auto found = static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(text, comma)));
    commas |= std::uint64_t{found} << 16 * part;
  }
  return commas;
}

/// The number from `begin` to its comma at `after`, if it is a usual one; up to after + 31 is looked at.
inline bool read_usual_float(const char* begin, const char* after, float& value) {
  constexpr std::size_t kMostDigits = 32;
  constexpr std::uint64_t kOne = 10'000'000'000'000'000;  // 1 in the last of sixteen digits
  constexpr std::uint64_t kLeast = kOne / 128;            // from here on 1e-16 is less than kMargin
  const std::uint32_t negative = *begin == '-' ? 1 : 0;
  const char* const number = begin + negative;
  const auto count = static_cast<std::size_t>(after - number - 2);  // of digits behind the point
  if (count - 1 >= kMostDigits) return false;
  const __m128i values = digit_values(number + 2);
  const unsigned others = ~(digits_among(values) | digits_among(digit_values(number + 18)) << 16);
  const auto whole = static_cast<std::uint64_t>(*number - '0');
  if (whole > 9 || number[1] != '.' || others << (kMostDigits - count) != 0) return false;
  const std::uint64_t digits = whole * kOne + join_sixteen(first_of(values, count));
  const double near = static_cast<double>(static_cast<std::int64_t>(digits)) * 1e-16;
  if (digits < kLeast || is_near_middle(near)) return false;
  value = std::bit_cast<float>(std::bit_cast<std::uint32_t>(static_cast<float>(near)) | negative << 31);
  return true;
}

/// Reads what programs write of a normalized image: one digit, the point, and up to 32 digits, as
/// "-1.2345678901234567", each with "," or ", " behind it. Signs and lengths differ from number to number, so nothing
/// here branches on them; and the commas of 64 characters are found at once, so that no number waits for the one before
/// it. It stops before a number that is another one, too small or too near to the middle of two floats to be told from
/// sixteen digits, or too near to `end`; `values` are at most that many.
inline UsualRun read_usual_floats(const char* at, const char* end, std::span<float> values) {
  constexpr std::ptrdiff_t kLookedAt = 64 + 31;  // where commas are looked for, and what is behind the last of them
  UsualRun run;
  // A number that began before the block and does not end in it is too long.
  for (const char* block = at; end - block >= kLookedAt && block - at <= 64; block += 64) {
    for (std::uint64_t commas = commas_among(block); commas != 0; commas &= commas - 1) {
      const char* const after = block + std::countr_zero(commas);
      if (run.count == values.size() || !read_usual_float(at, after, values[run.count])) return run;
      ++run.count;
      run.after = after;
      at = after[1] == ' ' ? after + 2 : after + 1;
    }
  }
  return run;
}
#else
inline UsualRun read_usual_floats(const char*, const char*, std::span<float>) { return {}; }
#endif

}  // namespace tandem::serve
