// SPDX-License-Identifier: Apache-2.0
// SpanExport: sends what was sampled to an OpenTelemetry collector: OTLP over HTTP, as JSON.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "serve/http/client_stream.h"
#include "serve/observe/background_queue.h"
#include "serve/observe/exchange.h"

namespace tandem::serve {

struct SpanExportOptions {
  std::string endpoint;     // "http://HOST:4318" or "https://..."; without a path /v1/traces is meant
  ClientStreamFactory tls;  // for an endpoint with https
  std::string service_name = "tandem";
  std::string service_version;
  std::uint64_t seed = 0;  // of the ids of the inner spans
};

/// The document of an export: a span for each exchange, and within it one for the wait and one for the computation when
/// a model was asked. The two inner spans end where the answer was made: the time between belongs to the protocol.
std::string spans_json(std::span<const Exchange> exchanges, const SpanExportOptions& options, TraceIds& ids);

/// Sends in batches, on its own thread. What a collector cannot take is lost and counted; no request waits for it.
class SpanExport final : public ExchangeSink {
 public:
  static constexpr std::size_t kMaximumWaiting = 8192;  // exchanges
  static constexpr std::size_t kMaximumBatch = 512;

  /// Errors: invalid_argument (an endpoint that is none, https without TLS). The collector need not be there yet.
  static Result<std::unique_ptr<SpanExport>> open(SpanExportOptions options);

  bool wants() const override { return true; }
  void take(const Exchange& exchange) override;

  std::uint64_t exported() const { return exported_.load(std::memory_order_relaxed); }  // exchanges
  std::uint64_t dropped() const { return queue_.dropped() + failed_.load(std::memory_order_relaxed); }

 private:
  using Send = std::function<Status(std::string_view json)>;

  SpanExport(SpanExportOptions options, Send send);
  void send_all(const std::vector<Exchange>& exchanges);

  const SpanExportOptions options_;
  const Send send_;
  TraceIds ids_;
  std::atomic<std::uint64_t> exported_{0};
  std::atomic<std::uint64_t> failed_{0};
  bool complained_ = false;  // of the queue's thread
  BackgroundQueue<Exchange> queue_;
};

}  // namespace tandem::serve
