// SPDX-License-Identifier: Apache-2.0
// Error, Result and TRY: how every function in Tandem reports failure.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <type_traits>
#include <utility>

namespace tandem {

/// The canonical gRPC status codes (https://grpc.github.io/grpc/core/md_doc_statuscodes.html), without OK.
enum class Code {
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

/// "invalid_argument" for kInvalidArgument, and so on.
std::string_view code_name(Code code);

/// A failure: a code for programs and one sentence for the person who must act (what, where, what to do).
struct Error {
  Code code = Code::kUnknown;
  std::string message;

  /// The same error with "context: " in front of the message.
  [[nodiscard]] Error with_context(std::string_view context) const;

  friend bool operator==(const Error&, const Error&) = default;
};

template <typename T>
using Result = tl::expected<T, Error>;

/// A result without a value.
using Status = Result<void>;

/// Builds the failure branch of any Result: `return fail(Code::kNotFound, "...");`
inline tl::unexpected<Error> fail(Code code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

inline tl::unexpected<Error> invalid_argument(std::string message) {
  return fail(Code::kInvalidArgument, std::move(message));
}
inline tl::unexpected<Error> not_found(std::string message) { return fail(Code::kNotFound, std::move(message)); }
inline tl::unexpected<Error> internal_error(std::string message) { return fail(Code::kInternal, std::move(message)); }

namespace detail {
template <typename T>
T take_value(Result<T>&& result) {
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}
}  // namespace detail

}  // namespace tandem

/// `auto x = TRY(make_x());` gives the value, or returns the error from the function it stands in. `TRY(check());`
/// works for a Status. The result must be a prvalue or moved. The counter lets one TRY stand inside another.
#define TRY(expression) TANDEM_TRY_COUNTED(expression, __COUNTER__)
#define TANDEM_TRY_COUNTED(expression, count) TANDEM_TRY_AS(expression, count)
#define TANDEM_TRY_AS(expression, count)                                                   \
  __extension__({                                                                          \
    auto try_result_##count = (expression);                                                \
    if (!try_result_##count) return ::tandem::fail(std::move(try_result_##count).error()); \
    ::tandem::detail::take_value(std::move(try_result_##count));                           \
  })
