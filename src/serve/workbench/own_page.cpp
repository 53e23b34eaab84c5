// SPDX-License-Identifier: Apache-2.0
// What browsers say of where a request comes from (Fetch standard: Origin, Sec-Fetch-Site).
#include "serve/workbench/own_page.h"

#include <fmt/format.h>

#include <string_view>

namespace tandem::serve {
namespace {

tl::unexpected<Error> refuse(std::string sentence) { return fail(Code::kPermissionDenied, std::move(sentence)); }

/// "localhost:5003" without the port; "[::1]:5003" keeps its brackets.
std::string_view without_port(std::string_view host) {
  const std::size_t bracket = host.rfind(']');
  const std::size_t colon = host.rfind(':');
  if (colon == std::string_view::npos || (bracket != std::string_view::npos && colon < bracket)) return host;
  return host.substr(0, colon);
}

bool is_number_of_loopback(std::string_view host) {
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool is_this_machine(std::string_view host) {
  return host == "localhost" || host == "[::1]" || is_number_of_loopback(host);
}

}  // namespace

Status check_host(const HttpRequest& request, bool loopback_only) {
  const std::string_view host = without_port(request.header("host"));
  if (!loopback_only || is_this_machine(host)) return {};
  return refuse(fmt::format("header host: expected 127.0.0.1 or localhost, got '{}'", host.substr(0, 200)));
}

Status check_own_page(const HttpRequest& request) {
  if (request.header(kWorkbenchHeader).empty()) {
    return refuse(fmt::format("header {} is missing: send '{}: 1', so that no page of another site can do this",
                              kWorkbenchHeader, kWorkbenchHeader));
  }
  const std::string_view site = request.header("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") {
    return refuse("header sec-fetch-site: expected same-origin; another site may not use the workbench");
  }
  const std::string_view origin = request.header("origin");
  if (origin.empty()) return {};
  const std::size_t slashes = origin.find("://");
  if (slashes != std::string_view::npos && origin.substr(slashes + 3) == request.header("host")) return {};
  return refuse("header origin: expected this server's own address; another site may not use the workbench");
}

}  // namespace tandem::serve
