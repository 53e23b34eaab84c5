// SPDX-License-Identifier: Apache-2.0
// The JSON of OTLP 1.3 (opentelemetry-proto, trace.proto): ids in hexadecimal, 64-bit numbers as strings.
#include "serve/observe/span_export.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "serve/http/json_text.h"
#include "serve/observe/http_post.h"

namespace tandem::serve {
namespace {

constexpr std::chrono::milliseconds kGatherSpans{1000};
constexpr std::chrono::milliseconds kSendLimit{5000};
constexpr int kInternal = 1;  // SpanKind
constexpr int kServer = 2;
constexpr int kFailed = 2;  // StatusCode

using Nanoseconds = std::chrono::nanoseconds;

Nanoseconds since_epoch(SystemTime time) { return std::chrono::duration_cast<Nanoseconds>(time.time_since_epoch()); }

class SpanWriter {
 public:
  explicit SpanWriter(std::string& out) : json_(out) {}

  struct Span {
    std::string_view name;
    int kind = kInternal;
    std::uint64_t id = 0;
    std::uint64_t parent = 0;
    Nanoseconds start{0}, end{0};
  };

  void begin(const TraceContext& trace, const Span& span) {
    json_.begin_object().key("traceId").string(trace.trace_id_hex()).key("spanId").string(hex16(span.id));
    if (span.parent != 0) json_.key("parentSpanId").string(hex16(span.parent));
    json_.key("name").string(span.name).key("kind").number(span.kind);
    json_.key("startTimeUnixNano").string(fmt::to_string(span.start.count()));
    json_.key("endTimeUnixNano").string(fmt::to_string(span.end.count()));
    json_.key("attributes").begin_array();
  }
  void text(std::string_view key, std::string_view value) {
    if (value.empty()) return;
    json_.begin_object().key("key").string(key).key("value").begin_object().key("stringValue").string(value);
    json_.end_object().end_object();
  }
  void integer(std::string_view key, std::int64_t value) {
    json_.begin_object().key("key").string(key).key("value").begin_object();
    json_.key("intValue").string(fmt::to_string(value)).end_object().end_object();
  }
  void end(bool failed) {
    json_.end_array();
    if (failed) json_.key("status").begin_object().key("code").number(kFailed).end_object();
    json_.end_object();
  }

 private:
  JsonWriter json_;
};

void write_inner(SpanWriter& writer, const Exchange& exchange, TraceIds& ids) {
  const CallNote& note = *exchange.note;
  const Nanoseconds end = since_epoch(exchange.ended);
  const Nanoseconds began = end - note.compute;
  const std::uint64_t parent = exchange.trace->span_id;
  writer.begin(*exchange.trace, {"queue", kInternal, ids.next(), parent, began - note.queue, began});
  writer.end(false);
  writer.begin(*exchange.trace, {"compute", kInternal, ids.next(), parent, began, end});
  writer.integer("tandem.batch_size", note.batch_size);
  writer.end(false);
}

void write_exchange(SpanWriter& writer, const Exchange& exchange, TraceIds& ids) {
  const Nanoseconds end = since_epoch(exchange.ended);
  const std::string name = exchange.note ? fmt::format("{} {}", exchange.method, exchange.note->model)
                                         : fmt::format("{} {}", exchange.method, exchange.path);
  writer.begin(*exchange.trace,
               {name, kServer, exchange.trace->span_id, exchange.parent_span, end - exchange.total, end});
  writer.text("http.request.method", exchange.method);
  writer.text("url.path", exchange.path);
  writer.integer("http.response.status_code", exchange.status);
  writer.text("rpc.grpc.status_code", exchange.grpc_status);
  writer.text("client.address", exchange.client);
  if (exchange.note) {
    writer.text("tandem.model", exchange.note->model);
    writer.text("tandem.version", exchange.note->version);
    writer.text("tandem.request_id", exchange.note->request_id);
  }
  writer.end(exchange.status >= 500);
  if (exchange.note && exchange.note->batch_size > 0) write_inner(writer, exchange, ids);
}

void write_resource(std::string& out, const SpanExportOptions& options) {
  out += R"({"resource":{"attributes":[)";
  SpanWriter attributes(out);
  attributes.text("service.name", options.service_name);
  attributes.text("service.version", options.service_version);
  out += R"(]},"scopeSpans":[{"scope":{"name":"tandem.serve"},"spans":[)";
}

}  // namespace

std::string spans_json(std::span<const Exchange> exchanges, const SpanExportOptions& options, TraceIds& ids) {
  std::string out = R"({"resourceSpans":[)";
  write_resource(out, options);
  SpanWriter writer(out);
  for (const Exchange& exchange : exchanges) write_exchange(writer, exchange, ids);
  out += "]}]}]}";
  return out;
}

Result<std::unique_ptr<SpanExport>> SpanExport::open(SpanExportOptions options) {
  HttpUrl url = TRY(parse_http_url(options.endpoint));
  if (url.path.empty() || url.path == "/") url.path = "/v1/traces";
  if (url.tls && !options.tls) return invalid_argument("there is no TLS for " + options.endpoint);
  auto send = [url, tls = options.tls](std::string_view json) { return post_json(url, tls, json, kSendLimit); };
  return std::unique_ptr<SpanExport>(new SpanExport(std::move(options), std::move(send)));
}

SpanExport::SpanExport(SpanExportOptions options, Send send)
    : options_(std::move(options)),
      send_(std::move(send)),
      ids_(options_.seed),
      queue_(kMaximumWaiting, kGatherSpans, [this](const std::vector<Exchange>& exchanges) { send_all(exchanges); }) {}

void SpanExport::take(const Exchange& exchange) {
  if (exchange.trace && exchange.trace->sampled) queue_.push(exchange);
}

void SpanExport::send_all(const std::vector<Exchange>& exchanges) {
  for (std::size_t begin = 0; begin < exchanges.size(); begin += kMaximumBatch) {
    const auto batch = std::span(exchanges).subspan(begin, std::min(kMaximumBatch, exchanges.size() - begin));
    const Status sent = send_(spans_json(batch, options_, ids_));
    (sent ? exported_ : failed_).fetch_add(batch.size(), std::memory_order_relaxed);
    if (!sent && !complained_) {
      log::warning("traces are lost", {{"reason", sent.error().message}, {"endpoint", options_.endpoint}});
    }
    complained_ = !sent.has_value();
  }
}

}  // namespace tandem::serve
