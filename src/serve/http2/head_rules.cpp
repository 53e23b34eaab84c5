// SPDX-License-Identifier: Apache-2.0
// Which bytes names and values are made of, nghttp2 knows; order, number and meaning are here.
#include "serve/http2/head_rules.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace tandem::serve {
namespace {

using ByteCheck = int (*)(const std::uint8_t*, std::size_t);

bool passes(ByteCheck check, std::string_view text) {
  return check(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()) != 0;
}

/// RFC 3986, 3.1.
bool is_scheme(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !text.empty() && is_letter(text.front()) && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  });
}

/// Fields that speak of a connection of HTTP/1.1, and have no place here (8.2.2).
bool is_of_the_connection(std::string_view name, std::string_view value) {
  constexpr std::array<std::string_view, 5> kNames = {"connection", "proxy-connection", "keep-alive",
                                                      "transfer-encoding", "upgrade"};
  if (name == "te") return value != "trailers";
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

bool is_regular_field(std::string_view name, std::string_view value) {
  return passes(nghttp2_check_header_name, name) && name.front() != ':' &&
         passes(nghttp2_check_header_value_rfc9113, value) && !is_of_the_connection(name, value);
}

}  // namespace

bool HeadRules::once(Seen field) {
  const bool is_first = (seen_ & field) == 0;
  seen_ |= field;
  return is_first;
}

bool HeadRules::add_pseudo(std::string_view name, std::string_view value) {
  if ((seen_ & kRegular) != 0) return false;
  if (name == ":method") {
    is_connect_ = value == "CONNECT";
    is_options_ = value == "OPTIONS";
    return once(kMethod) && passes(nghttp2_check_method, value);
  }
  if (name == ":scheme") return once(kScheme) && is_scheme(value);
  if (name == ":path") {
    path_begins_with_slash_ = value.starts_with('/');
    path_is_asterisk_ = value == "*";
    return once(kPath) && passes(nghttp2_check_path, value);
  }
  return name == ":authority" && once(kAuthority) && passes(nghttp2_check_authority, value);
}

bool HeadRules::add(std::string_view name, std::string_view value) {
  if (name.starts_with(':')) return add_pseudo(name, value);
  seen_ |= kRegular;
  if (!is_regular_field(name, value)) return false;
  if (name == "host") return once(kHost) && passes(nghttp2_check_authority, value);
  return name != "content-length" || once(kLength);
}

bool HeadRules::is_complete() const {
  const auto has = [this](unsigned fields) { return (seen_ & fields) == fields; };
  if (is_connect_) return has(kMethod | kAuthority) && (seen_ & (kScheme | kPath)) == 0;
  const bool is_target = path_begins_with_slash_ || (is_options_ && path_is_asterisk_);
  return has(kMethod | kScheme | kPath) && is_target && (seen_ & (kAuthority | kHost)) != 0;
}

bool is_trailer_field(std::string_view name, std::string_view value) { return is_regular_field(name, value); }

}  // namespace tandem::serve
