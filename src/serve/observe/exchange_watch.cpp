// SPDX-License-Identifier: Apache-2.0
// Wraps the responder; the sinks are told before the last piece of the answer is sent.
#include "serve/observe/exchange_watch.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "serve/http/json_text.h"
#include "serve/http/router.h"

namespace tandem::serve {
namespace {

std::uint64_t body_bytes(const HttpResponse& response) {
  std::uint64_t bytes = response.text.size();
  for (const Tensor& tensor : response.tensors) bytes += tensor.byte_size();
  return bytes;
}

std::string_view find_trailer(const HttpResponse& response, std::string_view wanted) {
  for (const auto* headers : {&response.trailers, &response.headers}) {
    for (const auto& [name, value] : *headers) {
      if (name == wanted) return value;
    }
  }
  return {};
}

/// The sentence of error_response() (serve/http/status.h), or of a gRPC call.
std::string find_error(const HttpResponse& response) {
  constexpr std::string_view kBegin = R"({"error":)";
  std::string json;
  if (const std::string_view message = find_trailer(response, "grpc-message"); !message.empty()) {
    std::string sentence;
    append_json_string(json, percent_decode(message, sentence) ? std::string_view(sentence) : message);
  } else if (response.status >= 400 && response.text.starts_with(kBegin) && response.text.ends_with('}')) {
    json = response.text.substr(kBegin.size(), response.text.size() - kBegin.size() - 1);
  }
  return json;
}

}  // namespace

/// The exchange while it lasts. A handler that lets go of its responder without an answer has failed, and the client is
/// told 500: so are the sinks.
class ExchangeWatch::Record final {
 public:
  Record(const ExchangeWatch& watch, Exchange exchange, SteadyTime arrival)
      : clock_(watch.clock_), sinks_(watch.sinks_), exchange_(std::move(exchange)), arrival_(arrival) {}
  Record(const Record&) = delete;
  Record& operator=(const Record&) = delete;
  ~Record() {
    if (ended_) return;
    if (exchange_.status == 0) exchange_.status = 500;
    end();
  }

  void note(HttpResponse& response) {
    if (exchange_.status == 0) {
      exchange_.status = response.status;
      if (exchange_.trace) response.headers.emplace_back("traceparent", exchange_.trace->header());
    }
    exchange_.bytes_out += body_bytes(response);
    if (response.note) exchange_.note = response.note;
    if (response.more) return;
    exchange_.grpc_status = find_trailer(response, "grpc-status");
    exchange_.error_json = find_error(response);
    end();
  }

 private:
  void end() {
    ended_ = true;
    exchange_.ended = clock_.wall();
    exchange_.total = clock_.now() - arrival_;
    for (ExchangeSink* sink : *sinks_) sink->take(exchange_);
  }

  const Clock& clock_;
  const std::shared_ptr<const Sinks> sinks_;
  Exchange exchange_;
  const SteadyTime arrival_;
  bool ended_ = false;
};

bool ExchangeWatch::is_wanted() const {
  return std::any_of(sinks_->begin(), sinks_->end(), [](const ExchangeSink* sink) { return sink->wants(); });
}

void ExchangeWatch::trace(const HttpRequest& request, Exchange& exchange) {
  exchange.trace = parse_traceparent(request.header("traceparent"));
  if (exchange.trace) {
    exchange.parent_span = exchange.trace->span_id;
  } else if (tracing_.begins_traces) {
    exchange.trace.emplace();
    exchange.trace->trace_id = {ids_.next(), ids_.next()};
    exchange.trace->sampled = is_sampled(exchange.trace->trace_id[1], tracing_.ratio);
  }
  if (exchange.trace) exchange.trace->span_id = ids_.next();
}

/// The responder that a request goes on with: `respond` itself when nobody wants to know.
Responder ExchangeWatch::noting(HttpRequest& request, Responder respond) {
  if (!is_wanted()) return respond;
  Exchange exchange;
  exchange.method = request.method;
  exchange.path = request.path;
  exchange.request_id = request.header("x-request-id");
  exchange.bytes_in = request.body.size();
  if (request.client) exchange.client = *request.client;
  trace(request, exchange);
  request.wants_note = true;
  auto record = std::make_shared<Record>(*this, std::move(exchange), request.arrival);
  return [record = std::move(record), respond = std::move(respond)](HttpResponse response) {
    record->note(response);
    respond(std::move(response));
  };
}

void ExchangeWatch::handle(HttpRequest request, Responder respond) {
  Responder noted = noting(request, std::move(respond));
  next_.handle(std::move(request), std::move(noted));
}

std::unique_ptr<BodyReceiver> ExchangeWatch::open(HttpRequest head, Responder respond) {
  Responder noted = noting(head, std::move(respond));
  return next_.open(std::move(head), std::move(noted));
}

}  // namespace tandem::serve
