// SPDX-License-Identifier: Apache-2.0
// NAME, then :KEY=VALUE as often as one likes.
#include "app/bench/contender_choice.h"

#include <fmt/format.h>

#include <charconv>

namespace tandem::app {
namespace {

constexpr int kMostThreads = 4096;

Status set_option(std::string_view key, const std::string& value, SessionFlags& session) {
  if (key == "threads") {
    int threads = 0;
    const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), threads);
    if (problem != std::errc() || end != value.data() + value.size() || threads < 0 || threads > kMostThreads) {
      return invalid_argument(fmt::format("threads is '{}': expected 0 to {}", value, kMostThreads));
    }
    session.threads = threads;
  } else if (key == "precision") {
    session.precision = value;
  } else if (key == "graph_optimization") {
    session.graph_optimization = value;
  } else if (key == "device") {
    session.device = value;
  } else {
    return invalid_argument(
        fmt::format("there is no option '{}': expected threads, precision, graph_optimization or device", key));
  }
  const auto options = session.options();
  if (!options) return fail(options.error());
  return {};
}

}  // namespace

Result<ContenderChoice> parse_contender_choice(std::string_view text, const SessionFlags& all) {
  ContenderChoice choice{std::string(text), all};
  auto colon = text.find(':');
  choice.session.engine = std::string(text.substr(0, colon));
  while (colon != std::string_view::npos) {
    text.remove_prefix(colon + 1);
    colon = text.find(':');
    const std::string_view option = text.substr(0, colon);
    const auto equals = option.find('=');
    const Status set =
        equals == std::string_view::npos
            ? Status(invalid_argument(fmt::format("'{}' is no option: expected KEY=VALUE", option)))
            : set_option(option.substr(0, equals), std::string(option.substr(equals + 1)), choice.session);
    if (!set) return fail(set.error().with_context(fmt::format("--engines {}", choice.name)));
  }
  return choice;
}

}  // namespace tandem::app
