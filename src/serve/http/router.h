// SPDX-License-Identifier: Apache-2.0
// Router: which function answers a method and path.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "serve/http/message.h"

namespace tandem::serve {

/// What stood in the path where the pattern has {name}, percent-decoded. Valid during the call of the route only.
class PathParameters final {
 public:
  /// "" when the pattern has no such name.
  std::string_view get(std::string_view name) const;

 private:
  friend class Router;
  struct Parameter {
    std::string_view name;
    std::string_view raw;
    std::string decoded;  // used when `raw` holds a '%'
  };
  static constexpr std::size_t kMaximum = 4;
  std::array<Parameter, kMaximum> parameters_;
  std::size_t count_ = 0;
};

using Route = std::function<void(HttpRequest, const PathParameters&, Responder)>;
/// Takes a body as it arrives; never gives null.
using StreamRoute = std::function<std::unique_ptr<BodyReceiver>(HttpRequest, Responder)>;

struct RouteName {
  std::string method;
  std::string pattern;
};

/// Add all routes before the server starts; then handle() is thread-safe. Look-up takes no lock and no memory.
class Router final : public HttpHandler {
 public:
  Router();

  /// `pattern`: "/v2/models/{name}/ready". A literal segment goes before a parameter. HEAD is answered by GET's route.
  /// CHECKs that the pattern begins with '/', has at most 4 parameters, and that the route is new.
  void add(std::string_view method, std::string_view pattern, Route route);

  /// A route for POST that takes the body as it arrives; where it cannot (HTTP/1.1), the body comes in one piece.
  /// CHECKs as add() does, and that the pattern has no parameters.
  void add_stream(std::string_view pattern, StreamRoute route);

  bool takes_stream(const HttpRequest& head) const override;
  std::unique_ptr<BodyReceiver> open(HttpRequest head, Responder respond) override;

  /// What has been added, in that order.
  const std::vector<RouteName>& routes() const { return routes_; }

  /// Unknown paths get 404, known paths with another method 405 with Allow; one '/' at the end of a path is ignored.
  void handle(HttpRequest request, Responder respond) override;

 private:
  struct Method {
    std::string name;
    Route route;
    std::vector<std::string> parameter_names;
    StreamRoute stream;  // null: the body is wanted whole
  };
  struct Node {
    std::vector<std::pair<std::string, std::size_t>> literals;  // segment to node
    std::size_t parameter = 0;                                  // node; 0: none
    std::vector<Method> methods;
  };
  struct Match {
    std::size_t node = 0;  // 0: none; the root has no methods of its own unless the path is "/"
    std::array<std::string_view, PathParameters::kMaximum> values;
    std::size_t value_count = 0;
  };

  std::size_t child_for(std::size_t node, std::string_view segment);
  bool find(std::size_t node, std::string_view rest, Match& match) const;
  const Method* find_stream(const HttpRequest& head) const;
  const Method* find_method(const Node& node, std::string_view method) const;
  static bool fill(const Method& method, const Match& match, PathParameters& parameters);
  static HttpResponse method_not_allowed(const Node& node, std::string_view method);

  std::vector<Node> nodes_;
  std::vector<RouteName> routes_;
};

/// "a%20b" becomes "a b"; false when a '%' is not followed by two hexadecimal digits.
bool percent_decode(std::string_view text, std::string& decoded);

}  // namespace tandem::serve
