// SPDX-License-Identifier: Apache-2.0
// Wraps the responder of a request whose client accepts a coding, or whose answer a cache might keep.
#include "serve/http/compressor.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "serve/http/output_queue.h"

namespace tandem::serve {
namespace {

bool is_compressed_already(const HttpResponse& response) {
  const std::string_view type = response.content_type;
  constexpr std::array<std::string_view, 7> kTypes{"image/",          "video/",          "audio/",
                                                   "font/woff",       "application/zip", "application/gzip",
                                                   "application/grpc"};  // which has a compression of its own
  const bool compressed =
      std::any_of(kTypes.begin(), kTypes.end(), [&](auto known) { return type.starts_with(known); });
  return (compressed && !type.starts_with("image/svg")) ||
         std::any_of(response.headers.begin(), response.headers.end(),
                     [](const auto& header) { return header.first == "Content-Encoding"; });
}

// Sends the body compressed if that makes it smaller.
void compress_and_send(const Responder& respond, ContentCoding coding, HttpResponse response) {
  if (auto compressed = compress_body(response, coding)) {
    response.text = std::move(*compressed);
    response.tensors.clear();
    response.headers.emplace_back("Content-Encoding", coding_name(coding));
  }
  respond(std::move(response));
}

}  // namespace

struct Compressor::Exchange {
  Responder respond;
  ContentCoding coding = ContentCoding::kIdentity;
  bool in_pieces = false;
};

void Compressor::handle(HttpRequest request, Responder respond) {
  const ContentCoding coding = choose_coding(request.header("accept-encoding"));
  const bool may_be_cached = request.method == "GET";
  if ((coding == ContentCoding::kIdentity && !may_be_cached) || request.method == "HEAD") {
    return next_.handle(std::move(request), std::move(respond));
  }
  auto exchange = std::make_shared<Exchange>(Exchange{std::move(respond), coding, false});
  next_.handle(std::move(request), [this, exchange = std::move(exchange)](HttpResponse response) {
    answer(exchange, std::move(response));
  });
}

void Compressor::answer(const std::shared_ptr<Exchange>& exchange, HttpResponse response) const {
  exchange->in_pieces = exchange->in_pieces || response.more || response.broken_off;
  const std::size_t size = body_size(response);
  if (exchange->in_pieces || size < options_.smallest_bytes || response.status == 204 || response.status == 304 ||
      response.uncompressed || is_compressed_already(response)) {
    return exchange->respond(std::move(response));
  }
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (exchange->coding == ContentCoding::kIdentity) return exchange->respond(std::move(response));
  if (size <= options_.largest_inline) {
    return compress_and_send(exchange->respond, exchange->coding, std::move(response));
  }
  const auto waiting = std::make_shared<HttpResponse>(std::move(response));
  const Status accepted = pool_.submit(
      [exchange, waiting] { compress_and_send(exchange->respond, exchange->coding, std::move(*waiting)); });
  if (!accepted) exchange->respond(std::move(*waiting));
}

}  // namespace tandem::serve
