// SPDX-License-Identifier: Apache-2.0
// Hexadecimal digits, both ways.
#include "serve/observe/trace_context.h"

#include <fmt/format.h>

#include <cmath>

#include "base/split_mix.h"

namespace tandem::serve {
namespace {

std::optional<std::uint64_t> parse_hex(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char c : digits) {
    unsigned digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<unsigned>(c - 'a') + 10;
    } else {
      return std::nullopt;
    }
    value = value << 4 | digit;
  }
  return value;
}

}  // namespace

std::string hex16(std::uint64_t value) { return fmt::format("{:016x}", value); }

std::string TraceContext::trace_id_hex() const { return hex16(trace_id[0]) + hex16(trace_id[1]); }
std::string TraceContext::span_id_hex() const { return hex16(span_id); }
std::string TraceContext::header() const {
  return fmt::format("00-{}-{}-{}", trace_id_hex(), span_id_hex(), sampled ? "01" : "00");
}

std::optional<TraceContext> parse_traceparent(std::string_view header) {
  constexpr std::size_t kLength = 55;  // 00-(32)-(16)-01
  if (header.size() < kLength || header[2] != '-' || header[35] != '-' || header[52] != '-') return std::nullopt;
  const auto version = parse_hex(header.substr(0, 2));
  const auto high = parse_hex(header.substr(3, 16));
  const auto low = parse_hex(header.substr(19, 16));
  const auto span = parse_hex(header.substr(36, 16));
  const auto flags = parse_hex(header.substr(53, 2));
  if (!version || !high || !low || !span || !flags) return std::nullopt;
  if (*version == 0xff || (*high == 0 && *low == 0) || *span == 0) return std::nullopt;
  if (header.size() > kLength && (*version == 0 || header[kLength] != '-')) return std::nullopt;
  return TraceContext{{*high, *low}, *span, (*flags & 1) != 0};
}

std::uint64_t TraceIds::next() {
  const std::uint64_t id = split_mix(state_.fetch_add(kSplitMixStep, std::memory_order_relaxed) + kSplitMixStep);
  return id != 0 ? id : 1;
}

bool is_sampled(std::uint64_t trace_id_low, double ratio) {
  if (ratio >= 1) return true;
  constexpr int kBits = 56;  // of the id's end: those must be random, the others need not
  return static_cast<double>(trace_id_low & ((std::uint64_t{1} << kBits) - 1)) < std::ldexp(ratio, kBits);
}

}  // namespace tandem::serve
