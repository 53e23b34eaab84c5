// SPDX-License-Identifier: Apache-2.0
// Compressor: compresses the answers of the next handler for the clients that ask for it.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "schedule/worker_pool.h"
#include "serve/http/content_coding.h"
#include "serve/http/message.h"

namespace tandem::serve {

struct CompressorOptions {
  std::size_t smallest_bytes = 1024;  // a smaller body is sent as it is
  std::size_t largest_inline =
      16 * 1024;  // a larger one is compressed on the pool, for it takes above half a millisecond
};

/// Leaves alone what is compressed already (images and the like), what goes out in pieces, and, when the pool's queue
/// is full, what would have to wait there. `next` and `pool` outlive it, and every answer that is still out.
class Compressor final : public HttpHandler {
 public:
  Compressor(HttpHandler& next, WorkerPool& pool, CompressorOptions options = {})
      : next_(next), pool_(pool), options_(options) {}
  void handle(HttpRequest request, Responder respond) override;
  /// An answer to such a body comes in pieces, which go out as they are.
  bool takes_stream(const HttpRequest& head) const override { return next_.takes_stream(head); }
  std::unique_ptr<BodyReceiver> open(HttpRequest head, Responder respond) override {
    return next_.open(std::move(head), std::move(respond));
  }

 private:
  struct Exchange;
  void answer(const std::shared_ptr<Exchange>& exchange, HttpResponse response) const;

  HttpHandler& next_;
  WorkerPool& pool_;
  const CompressorOptions options_;
};

}  // namespace tandem::serve
