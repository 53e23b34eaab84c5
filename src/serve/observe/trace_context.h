// SPDX-License-Identifier: Apache-2.0
// TraceContext: the W3C header traceparent, version 00, read strictly and continued.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::serve {

/// Where a request stands in a trace (https://www.w3.org/TR/trace-context/).
struct TraceContext {
  std::array<std::uint64_t, 2> trace_id{};  // not both 0
  std::uint64_t span_id = 0;                // of the span that is being worked on; not 0
  bool sampled = false;

  std::string trace_id_hex() const;  // 32 lower-case digits
  std::string span_id_hex() const;   // 16
  std::string header() const;        // "00-...-...-01"

  friend bool operator==(const TraceContext&, const TraceContext&) = default;
};

/// Nothing for what is no traceparent: wrong length, upper-case digits, version ff, an id of zeros. Of a version after
/// 00 the part that is as in 00 is taken, as the specification asks.
std::optional<TraceContext> parse_traceparent(std::string_view header);

/// 16 lower-case hexadecimal digits.
std::string hex16(std::uint64_t value);

/// Makes ids. Thread-safe.
class TraceIds final {
 public:
  /// `seed` should differ between processes.
  explicit TraceIds(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();  // never 0

 private:
  std::atomic<std::uint64_t> state_;
};

/// Whether a trace that nobody has decided on is recorded: a share `ratio` of 0 to 1 of them, by their id, so that
/// every server with the same ratio decides alike.
bool is_sampled(std::uint64_t trace_id_low, double ratio);

}  // namespace tandem::serve
