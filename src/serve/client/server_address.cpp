// SPDX-License-Identifier: Apache-2.0
// Scheme, host, port, and nothing else.
#include "serve/client/server_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace tandem::serve {

Result<ServerAddress> parse_server_address(std::string_view url) {
  const auto wrong = [&] {
    return invalid_argument(fmt::format("expected http://HOST[:PORT] or grpc://HOST[:PORT], got '{}'", url));
  };
  if (url.starts_with("https://") || url.starts_with("grpcs://")) {
    return invalid_argument(fmt::format("{}: TLS is not spoken here; measure the server's port without it", url));
  }
  ServerAddress address;
  address.grpc = url.starts_with("grpc://");
  if (!address.grpc && !url.starts_with("http://")) return wrong();
  std::string_view rest = url.substr(7);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find_first_of("/?#@ \t\r\n") != std::string_view::npos) return wrong();
  address.authority = rest;
  std::string_view port;
  if (rest.starts_with('[')) {
    const std::size_t end = rest.find(']');
    if (end == std::string_view::npos) return wrong();
    address.host = rest.substr(1, end - 1);
    port = rest.substr(end + 1);
  } else {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    address.host = rest.substr(0, colon);
    port = rest.substr(colon);
  }
  if (address.host.empty()) return wrong();
  address.port = 80;
  if (port.empty()) return address;
  const auto [end, problem] = std::from_chars(port.data() + 1, port.data() + port.size(), address.port);
  if (port[0] != ':' || problem != std::errc() || end != port.data() + port.size() || address.port == 0) return wrong();
  return address;
}

}  // namespace tandem::serve
