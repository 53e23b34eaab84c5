// SPDX-License-Identifier: Apache-2.0
// ExchangeWatch: stands before everything else, measures each exchange and tells the sinks of it.
#pragma once

#include <memory>
#include <vector>

#include "base/clock.h"
#include "serve/http/message.h"
#include "serve/observe/exchange.h"

namespace tandem::serve {

struct TracingOptions {
  bool begins_traces = false;  // a request without a traceparent gets one
  double ratio = 1;            // of those, the share that is sampled
  std::uint64_t seed = 0;      // of the ids
};

/// Costs one look at each sink when none wants anything. What it refers to outlives it and every answer that is out.
class ExchangeWatch final : public HttpHandler {
 public:
  ExchangeWatch(HttpHandler& next, const Clock& clock, std::vector<ExchangeSink*> sinks,
                const TracingOptions& tracing = {})
      : next_(next), clock_(clock), sinks_(std::move(sinks)), tracing_(tracing), ids_(tracing.seed) {}

  /// A traceparent is continued: the answer's header traceparent names this server's span.
  void handle(HttpRequest request, Responder respond) override;
  bool takes_stream(const HttpRequest& head) const override { return next_.takes_stream(head); }
  /// Of a body that comes bit by bit the length is not noted.
  std::unique_ptr<BodyReceiver> open(HttpRequest head, Responder respond) override;

 private:
  class Record;

  bool is_wanted() const;
  Responder noting(HttpRequest& request, Responder respond);
  void trace(const HttpRequest& request, Exchange& exchange);

  HttpHandler& next_;
  const Clock& clock_;
  const std::vector<ExchangeSink*> sinks_;
  const TracingOptions tracing_;
  TraceIds ids_;
};

}  // namespace tandem::serve
