// SPDX-License-Identifier: Apache-2.0
// Facts about the documents for a collector; tests/e2e/test_observe.py sends them to one.
#include "serve/observe/span_export.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "serve/observe/http_post.h"

namespace tandem::serve {
namespace {

using Json = nlohmann::json;

Exchange make_traced_exchange() {
  Exchange exchange;
  exchange.ended = SystemTime(std::chrono::seconds(100));
  exchange.total = std::chrono::milliseconds(5);
  exchange.method = "POST";
  exchange.path = "/v2/models/m/infer";
  exchange.status = 200;
  exchange.trace = TraceContext{{1, 2}, 3, true};
  CallNote note;
  note.model = "m";
  note.batch_size = 2;
  note.queue = std::chrono::milliseconds(1);
  note.compute = std::chrono::milliseconds(3);
  exchange.note = std::make_shared<const CallNote>(note);
  return exchange;
}

Json spans_of(const Exchange& exchange) {
  TraceIds ids(1);
  SpanExportOptions options;
  options.service_version = "1.2";
  const Json document = Json::parse(spans_json(std::span(&exchange, 1), options, ids));
  EXPECT_EQ(document["resourceSpans"][0]["resource"]["attributes"][1]["value"]["stringValue"], "1.2");
  return document["resourceSpans"][0]["scopeSpans"][0]["spans"];
}

TEST(SpanExport, ARequestToAModelHasThreeSpans) {
  const Json spans = spans_of(make_traced_exchange());
  ASSERT_EQ(spans.size(), 3u);
  EXPECT_EQ(spans[0]["name"], "POST m");
  EXPECT_EQ(spans[1]["name"], "queue");
  EXPECT_EQ(spans[2]["name"], "compute");
  for (const Json& span : spans) EXPECT_EQ(span["traceId"], "00000000000000010000000000000002");
  EXPECT_EQ(spans[1]["parentSpanId"], spans[0]["spanId"]);
}

TEST(SpanExport, TheInnerSpansLieWithinTheOuter) {
  const Json spans = spans_of(make_traced_exchange());
  EXPECT_EQ(spans[0]["startTimeUnixNano"], "99995000000");
  EXPECT_EQ(spans[1]["startTimeUnixNano"], "99996000000");
  EXPECT_EQ(spans[1]["endTimeUnixNano"], "99997000000");
  EXPECT_EQ(spans[2]["endTimeUnixNano"], "100000000000");
}

TEST(SpanExport, ARequestToNoModelHasOneSpan) {
  Exchange exchange = make_traced_exchange();
  exchange.note = nullptr;
  exchange.parent_span = 9;
  const Json spans = spans_of(exchange);
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_EQ(spans[0]["parentSpanId"], "0000000000000009");
}

TEST(SpanExport, AFailureOfTheServerIsMarked) {
  Exchange exchange = make_traced_exchange();
  exchange.status = 503;
  EXPECT_EQ(spans_of(exchange)[0]["status"]["code"], 2);
  exchange.status = 404;
  EXPECT_FALSE(spans_of(exchange)[0].contains("status"));
}

TEST(HttpUrl, IsTakenApart) {
  const HttpUrl url = parse_http_url("http://[::1]:4318/v1/traces").value();
  EXPECT_EQ(url.host, "::1");
  EXPECT_EQ(url.port, 4318);
  EXPECT_EQ(url.path, "/v1/traces");
  EXPECT_EQ(parse_http_url("http://collector").value().port, 80);
  EXPECT_FALSE(url.tls);
  EXPECT_EQ(parse_http_url("https://collector").value().port, 443);
  EXPECT_TRUE(parse_http_url("https://collector:4318").value().tls);
}

TEST(SpanExport, DoesNotSendWithoutTlsWhatIsToBeSecret) {
  SpanExportOptions options;
  options.endpoint = "https://collector";
  EXPECT_EQ(SpanExport::open(std::move(options)).error().code, Code::kInvalidArgument);
}

TEST(HttpUrl, RefusesWhatIsNone) {
  for (const char* wrong :
       {"", "collector:4318", "ftp://c", "https://", "http://", "http://:80", "http://c:", "http://c:0",
        "http://c:99999", "http://c:1x", "http://u@c", "http://c/ x", "http://[::1"}) {
    EXPECT_FALSE(parse_http_url(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace tandem::serve
