// SPDX-License-Identifier: Apache-2.0
// Wraps the responder; the line is written before the answer is sent.
#include "serve/server/access_log.h"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <utility>

#include "base/log.h"

namespace tandem::serve {
namespace {

std::size_t body_bytes(const HttpResponse& response) {
  std::size_t bytes = response.text.size();
  for (const Tensor& tensor : response.tensors) bytes += tensor.byte_size();
  return bytes;
}

}  // namespace

void AccessLog::handle(HttpRequest request, Responder respond) {
  if (!log::enabled(log::Level::kInfo)) return next_.handle(std::move(request), std::move(respond));
  auto noted = [&clock = clock_, method = std::string(request.method), path = std::string(request.path),
                received = request.body.size(), arrival = request.arrival,
                respond = std::move(respond)](HttpResponse response) {
    const std::chrono::duration<double, std::milli> took = clock.now() - arrival;
    log::info("request", {{"method", method},
                          {"path", path},
                          {"status", fmt::to_string(response.status)},
                          {"ms", fmt::format("{:.3f}", took.count())},
                          {"bytes_in", fmt::to_string(received)},
                          {"bytes_out", fmt::to_string(body_bytes(response))}});
    respond(std::move(response));
  };
  next_.handle(std::move(request), std::move(noted));
}

}  // namespace tandem::serve
