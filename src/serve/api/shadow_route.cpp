// SPDX-License-Identifier: Apache-2.0
// Written member by member.
#include "serve/api/shadow_route.h"

#include <fmt/format.h>

#include <utility>

#include "base/milliseconds.h"
#include "serve/http/json_text.h"

namespace tandem::serve {
namespace {

std::string decimal(double value) { return fmt::format("{:.9g}", value); }

std::string mean_ms(std::chrono::nanoseconds sum, std::uint64_t count) {
  if (count == 0) return "null";
  return decimal(milliseconds(sum) / static_cast<double>(count));
}

void write_report(JsonWriter& writer, const ShadowReport& report) {
  const bench::Agreement& agreement = report.agreement;
  writer.begin_object().key("model").string(report.model);
  writer.key("shadow_version").string(report.shadow_version).key("shadow_engine").string(report.shadow_engine);
  writer.key("share").raw(decimal(report.share)).key("compared").number(report.compared);
  writer.key("dropped").number(report.dropped).key("failed").number(report.failed);
  writer.key("last_error").string(report.last_error).key("within").boolean(agreement.within);
  writer.key("reason").string(agreement.reason);
  writer.key("max_absolute").raw(decimal(agreement.max_absolute));
  writer.key("max_relative").raw(decimal(agreement.max_relative));
  writer.key("min_cosine").raw(decimal(agreement.min_cosine));
  const auto top1 = agreement.top1();
  writer.key("decisions").number(agreement.decisions).key("top1").raw(top1 ? decimal(*top1) : "null");
  writer.key("live_ms").raw(mean_ms(report.live_time, report.timed));
  writer.key("shadow_ms").raw(mean_ms(report.shadow_time, report.timed));
  const bool timed = report.timed > 0 && report.live_time.count() > 0;
  const double ratio = timed ? std::chrono::duration<double>(report.shadow_time) / report.live_time : 0;
  writer.key("time_ratio").raw(timed ? decimal(ratio) : "null").end_object();
}

}  // namespace

std::string shadow_document(std::span<const ShadowReport> reports) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object().key("shadows").begin_array();
  for (const ShadowReport& report : reports) write_report(writer, report);
  writer.end_array().end_object();
  return out;
}

void add_shadow_route(Router& router, std::function<std::vector<ShadowReport>()> reports) {
  router.add("GET", "/api/shadows",
             [reports = std::move(reports)](const HttpRequest&, const PathParameters&, const Responder& respond) {
               HttpResponse response;
               response.text = shadow_document(reports());
               respond(std::move(response));
             });
}

}  // namespace tandem::serve
