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

Responder AccessLog::noting(const HttpRequest& request, Responder respond) const {
  if (!log::enabled(log::Level::kInfo)) return respond;
  return
      [&clock = clock_, method = std::string(request.method), path = std::string(request.path),
       received = request.body.size(), arrival = request.arrival, respond = std::move(respond)](HttpResponse response) {
        const std::chrono::duration<double, std::milli> took = clock.now() - arrival;
        log::info("request", {{"method", method},
                              {"path", path},
                              {"status", fmt::to_string(response.status)},
                              {"ms", fmt::format("{:.3f}", took.count())},
                              {"bytes_in", fmt::to_string(received)},
                              {"bytes_out", fmt::to_string(body_bytes(response))}});
        respond(std::move(response));
      };
}

void AccessLog::handle(HttpRequest request, Responder respond) {
  Responder noted = noting(request, std::move(respond));
  next_.handle(std::move(request), std::move(noted));
}

std::unique_ptr<BodyReceiver> AccessLog::open(HttpRequest head, Responder respond) {
  Responder noted = noting(head, std::move(respond));
  return next_.open(std::move(head), std::move(noted));
}

}  // namespace tandem::serve
