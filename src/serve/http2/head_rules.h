// SPDX-License-Identifier: Apache-2.0
// HeadRules: which lists of header fields are a request, and which are malformed (RFC 9113, 8.2 and 8.3).
#pragma once

#include <string_view>

namespace tandem::serve {

/// Looks at the fields of one request in their order: `add* is_complete`. nghttp2 has the same rules, and is told to
/// leave them to us: it applies them to every request anew, we to those heads of a connection that are not the one
/// before.
class HeadRules final {
 public:
  /// The next field. False: a request with it is malformed.
  bool add(std::string_view name, std::string_view value);
  /// Whether everything that a request needs has come.
  bool is_complete() const;

 private:
  enum Seen : unsigned {
    kMethod = 1U << 0U,
    kScheme = 1U << 1U,
    kPath = 1U << 2U,
    kAuthority = 1U << 3U,
    kHost = 1U << 4U,
    kLength = 1U << 5U,
    kRegular = 1U << 6U,  // a field that is no pseudo-header field; those must come before
  };
  bool add_pseudo(std::string_view name, std::string_view value);
  bool once(Seen field);

  unsigned seen_ = 0;
  bool is_connect_ = false;
  bool is_options_ = false;
  bool path_begins_with_slash_ = false;
  bool path_is_asterisk_ = false;
};

/// Whether a field may stand after the body.
bool is_trailer_field(std::string_view name, std::string_view value);

}  // namespace tandem::serve
