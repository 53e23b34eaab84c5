// SPDX-License-Identifier: Apache-2.0
// A tree of path segments, walked without copying the path.
#include "serve/http/router.h"

#include <algorithm>

#include "base/check.h"
#include "serve/http/request_parser.h"
#include "serve/http/status.h"

namespace tandem::serve {
namespace {

// Takes the first segment off "a/b/c", leaving "b/c".
std::string_view take_segment(std::string_view& rest) {
  const std::size_t slash = rest.find('/');
  const std::string_view segment = rest.substr(0, slash);
  rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  return segment;
}

}  // namespace

bool percent_decode(std::string_view text, std::string& decoded) {
  decoded.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return false;
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return false;
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return true;
}

std::string_view PathParameters::get(std::string_view name) const {
  for (std::size_t i = 0; i < count_; ++i) {
    const Parameter& parameter = parameters_[i];
    if (parameter.name == name) return parameter.decoded.empty() ? parameter.raw : std::string_view(parameter.decoded);
  }
  return {};
}

Router::Router() : nodes_(1) {}

std::size_t Router::child_for(std::size_t node, std::string_view segment) {
  if (segment.starts_with('{')) {
    if (nodes_[node].parameter == 0) {
      nodes_[node].parameter = nodes_.size();
      nodes_.emplace_back();
    }
    return nodes_[node].parameter;
  }
  for (const auto& [literal, child] : nodes_[node].literals) {
    if (literal == segment) return child;
  }
  const std::size_t child = nodes_.size();
  nodes_[node].literals.emplace_back(segment, child);
  nodes_.emplace_back();
  return child;
}

void Router::add(std::string_view method, std::string_view pattern, Route route) {
  CHECK(pattern.starts_with('/'));
  Method entry{std::string(method), std::move(route), {}, {}};
  std::string_view rest = pattern.substr(1);
  std::size_t node = 0;
  while (!rest.empty()) {
    const std::string_view segment = take_segment(rest);
    if (segment.starts_with('{')) {
      CHECK(segment.ends_with('}'));
      entry.parameter_names.emplace_back(segment.substr(1, segment.size() - 2));
    }
    node = child_for(node, segment);
  }
  CHECK(entry.parameter_names.size() <= PathParameters::kMaximum);
  for (const Method& other : nodes_[node].methods) CHECK(other.name != method);
  nodes_[node].methods.push_back(std::move(entry));
  routes_.push_back({std::string(method), std::string(pattern)});
}

void Router::add_stream(std::string_view pattern, StreamRoute route) {
  CHECK(pattern.find('{') == std::string_view::npos);
  add("POST", pattern, [route](HttpRequest request, const PathParameters&, Responder respond) {
    const auto body = request.body;
    const auto owner = request.owner;  // of the body, for as long as the receiver reads it
    const auto receiver = route(std::move(request), std::move(respond));
    if (!body.empty()) receiver->on_data(body);
    receiver->on_end();
  });
  routes_.pop_back();  // a call of another protocol than those that routes() is for
  Match match;
  CHECK(find(0, pattern.substr(1), match));
  nodes_[match.node].methods.back().stream = std::move(route);
}

const Router::Method* Router::find_stream(const HttpRequest& head) const {
  Match match;
  if (!find(0, head.path.substr(std::min<std::size_t>(1, head.path.size())), match)) return nullptr;
  const Method* method = find_method(nodes_[match.node], head.method);
  return method != nullptr && method->stream ? method : nullptr;
}

bool Router::takes_stream(const HttpRequest& head) const { return find_stream(head) != nullptr; }

std::unique_ptr<BodyReceiver> Router::open(HttpRequest head, Responder respond) {
  const Method* method = find_stream(head);
  CHECK(method != nullptr);
  return method->stream(std::move(head), std::move(respond));
}

bool Router::find(std::size_t node, std::string_view rest, Match& match) const {
  if (rest.empty()) {
    match.node = node;
    return !nodes_[node].methods.empty();
  }
  const std::string_view segment = take_segment(rest);
  for (const auto& [literal, child] : nodes_[node].literals) {
    if (literal == segment && find(child, rest, match)) return true;
  }
  if (nodes_[node].parameter == 0 || segment.empty()) return false;
  match.values[match.value_count++] = segment;
  if (find(nodes_[node].parameter, rest, match)) return true;
  --match.value_count;
  return false;
}

const Router::Method* Router::find_method(const Node& node, std::string_view method) const {
  for (const Method& entry : node.methods) {
    if (entry.name == method) return &entry;
  }
  return method == "HEAD" ? find_method(node, "GET") : nullptr;
}

bool Router::fill(const Method& method, const Match& match, PathParameters& parameters) {
  parameters.count_ = match.value_count;
  for (std::size_t i = 0; i < match.value_count; ++i) {
    auto& parameter = parameters.parameters_[i];
    parameter.name = method.parameter_names[i];
    parameter.raw = match.values[i];
    if (parameter.raw.find('%') != std::string_view::npos && !percent_decode(parameter.raw, parameter.decoded)) {
      return false;
    }
  }
  return true;
}

HttpResponse Router::method_not_allowed(const Node& node, std::string_view method) {
  std::string allow;
  for (const Method& entry : node.methods) {
    if (!allow.empty()) allow += ", ";
    allow += entry.name;
    if (entry.name == "GET") allow += ", HEAD";
  }
  HttpResponse response =
      error_response(405, "method " + std::string(method) + " is not allowed here; this path knows " + allow);
  response.headers.emplace_back("Allow", allow);
  return response;
}

void Router::handle(HttpRequest request, Responder respond) {
  Match match;
  if (!find(0, request.path.substr(std::min<std::size_t>(1, request.path.size())), match)) {
    respond(error_response(404, "there is nothing at " + std::string(request.path)));
    return;
  }
  const Node& node = nodes_[match.node];
  const Method* method = find_method(node, request.method);
  if (method == nullptr) {
    respond(method_not_allowed(node, request.method));
    return;
  }
  PathParameters parameters;
  if (!fill(*method, match, parameters)) {
    respond(error_response(400, "the path holds a '%' that two hexadecimal digits do not follow"));
    return;
  }
  method->route(std::move(request), parameters, std::move(respond));
}

}  // namespace tandem::serve
