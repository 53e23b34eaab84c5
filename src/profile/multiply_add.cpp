// SPDX-License-Identifier: Apache-2.0
// One loop body, compiled for several instruction sets; the processor decides which one runs.
#include "profile/multiply_add.h"

namespace tandem::profile {
namespace {

// Twelve chains: two units that start one multiply-add a cycle and need four (Intel since Skylake, Zen) or five cycles
// for it are kept busy by ten, and AVX2 has sixteen registers, of which two hold the constants.
constexpr double kChains = 12;

// A macro, because a function's instruction set is an attribute with a literal text, and vectors wider than that set
// are cut into pieces before a shared template would be inlined. Values stay near 1: they shrink as much as they grow.
#define TANDEM_MULTIPLY_ADD_LOOP(NAME, BYTES, TARGET)                                                 \
  TARGET float NAME(std::int64_t rounds) {                                                            \
    typedef float Vector __attribute__((vector_size(BYTES)));                                         \
    const Vector factor = Vector{} + 0.999F;                                                          \
    const Vector summand = Vector{} + 0.001F;                                                         \
    Vector v0 = factor, v1 = v0 + summand, v2 = v1 + summand, v3 = v2 + summand, v4 = v3 + summand;   \
    Vector v5 = v4 + summand, v6 = v5 + summand, v7 = v6 + summand, v8 = v7 + summand;                \
    Vector v9 = v8 + summand, v10 = v9 + summand, v11 = v10 + summand;                                \
    for (std::int64_t i = 0; i < rounds; ++i) {                                                       \
      v0 = v0 * factor + summand, v1 = v1 * factor + summand, v2 = v2 * factor + summand;             \
      v3 = v3 * factor + summand, v4 = v4 * factor + summand, v5 = v5 * factor + summand;             \
      v6 = v6 * factor + summand, v7 = v7 * factor + summand, v8 = v8 * factor + summand;             \
      v9 = v9 * factor + summand, v10 = v10 * factor + summand, v11 = v11 * factor + summand;         \
    }                                                                                                 \
    const Vector sum = ((v0 + v1) + (v2 + v3)) + ((v4 + v5) + (v6 + v7)) + ((v8 + v9) + (v10 + v11)); \
    float total = 0;                                                                                  \
    for (unsigned lane = 0; lane < (BYTES) / sizeof(float); ++lane) total += sum[lane];               \
    return total;                                                                                     \
  }

TANDEM_MULTIPLY_ADD_LOOP(multiply_add_baseline, 16, )
#if defined(__x86_64__)
TANDEM_MULTIPLY_ADD_LOOP(multiply_add_avx2, 32, __attribute__((target("avx2,fma"))))
TANDEM_MULTIPLY_ADD_LOOP(multiply_add_avx512, 64, __attribute__((target("avx512f"))))
#endif
#undef TANDEM_MULTIPLY_ADD_LOOP

constexpr double flops_a_round(int vector_bytes) { return 2 * kChains * vector_bytes / 4; }

}  // namespace

MultiplyAddLoop widest_multiply_add() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return {multiply_add_avx512, flops_a_round(64), "AVX-512"};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    return {multiply_add_avx2, flops_a_round(32), "AVX2 and FMA"};
  }
#endif
  return {multiply_add_baseline, flops_a_round(16), "128-bit vectors"};
}

}  // namespace tandem::profile
