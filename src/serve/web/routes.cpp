// SPDX-License-Identifier: Apache-2.0
// Answers with embedded files; a browser that has the same bytes already gets 304.
#include "serve/web/routes.h"

#include <string>
#include <utility>

#include "serve/web/assets.h"

namespace tandem::serve {
namespace {

constexpr std::string_view kPolicy =
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

HttpResponse answer(const Asset& asset, const HttpRequest& request) {
  HttpResponse response;
  response.content_type = asset.content_type;
  response.headers = {
      {"etag", std::string(asset.etag)},
      {"cache-control", "no-cache"},  // keep it, but ask whether it is still the one: a new server has a new page
      {"content-security-policy", std::string(kPolicy)},
      {"x-content-type-options", "nosniff"},
      {"referrer-policy", "no-referrer"},
  };
  if (etag_matches(request.header("if-none-match"), asset.etag)) {
    response.status = 304;
  } else {
    response.text = asset.bytes;
  }
  return response;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

}  // namespace

bool etag_matches(std::string_view if_none_match, std::string_view etag) {
  while (!if_none_match.empty()) {
    const std::size_t comma = if_none_match.find(',');
    std::string_view tag = trimmed(if_none_match.substr(0, comma));
    if (tag == "*") return true;
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == etag) return true;
    if (comma == std::string_view::npos) break;
    if_none_match.remove_prefix(comma + 1);
  }
  return false;
}

void add_web_routes(Router& router) {
  for (const Asset& asset : assets()) {
    router.add("GET", asset.path,
               [&asset](const HttpRequest& request, const PathParameters&, const Responder& respond) {
                 respond(answer(asset, request));
               });
  }
}

}  // namespace tandem::serve
