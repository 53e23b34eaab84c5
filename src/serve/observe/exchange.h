// SPDX-License-Identifier: Apache-2.0
// Exchange: one request and its answer, after the fact; and who wants to know of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "serve/http/message.h"
#include "serve/observe/trace_context.h"

namespace tandem::serve {

struct Exchange {
  SystemTime ended{};
  std::chrono::nanoseconds total{0};  // from the request's first byte to the last piece of the answer
  std::string method;
  std::string path;  // without the query, which may hold what is nobody's business
  std::string client;
  std::string request_id;  // the header x-request-id
  int status = 0;
  std::string grpc_status;  // of a gRPC call; else ""
  std::string error_json;  // why it failed, the sentence that the client was told, as a JSON string; "" when it did not
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::shared_ptr<const CallNote> note;  // null when no model was asked; batch_size 0: it has not run
  std::optional<TraceContext> trace;     // of the server's own span
  std::uint64_t parent_span = 0;         // 0: the trace begins here
};

/// Thread-safe. take() must not block: it is called on the thread that sends the answer.
class ExchangeSink {
 public:
  virtual ~ExchangeSink() = default;
  /// Asked before the request is handled; when nobody wants it, nothing is noted.
  virtual bool wants() const = 0;
  virtual void take(const Exchange& exchange) = 0;
};

}  // namespace tandem::serve
