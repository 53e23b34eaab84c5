// SPDX-License-Identifier: Apache-2.0
// Facts about the access log.
#include "serve/observe/access_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "base/log.h"
#include "support/temp_dir.h"

namespace tandem::serve {
namespace {

using ::testing::HasSubstr;

Exchange make_exchange() {
  Exchange exchange;
  exchange.ended = SystemTime(std::chrono::seconds(1767225600));
  exchange.total = std::chrono::microseconds(1500);
  exchange.method = "GET";
  exchange.path = "/v2/\"x";
  exchange.status = 404;
  exchange.bytes_out = 5;
  return exchange;
}

TEST(AccessLine, IsOneJsonObject) {
  EXPECT_EQ(access_line(make_exchange()),
            R"({"time":"2026-01-01T00:00:00.000Z","method":"GET","path":"/v2/\"x","status":404,"total_ms":1.500,)"
            R"("bytes_in":0,"bytes_out":5})");
}

TEST(AccessLine, SaysWhichModelTookHowLong) {
  Exchange exchange = make_exchange();
  CallNote note;
  note.model = "m";
  note.version = "3";
  note.request_id = "r7";
  note.batch_size = 4;
  note.queue = std::chrono::microseconds(20);
  note.compute = std::chrono::milliseconds(1);
  exchange.note = std::make_shared<const CallNote>(note);
  exchange.request_id = "of the header";
  const std::string line = access_line(exchange);
  EXPECT_THAT(line, HasSubstr(R"("request_id":"r7")"));
  EXPECT_THAT(line, HasSubstr(R"("model":"m","version":"3","batch":4,"queue_ms":0.020,"compute_ms":1.000)"));
}

TEST(AccessLine, SaysWhyARequestFailedAndWhichModelItWasFor) {
  Exchange exchange = make_exchange();
  exchange.error_json = R"("there is no \"m\"")";
  exchange.note = std::make_shared<const CallNote>(CallNote{"m", "3", "", 0, {}, {}});
  EXPECT_THAT(access_line(exchange), HasSubstr(R"("error":"there is no \"m\"","model":"m","version":"3","total_ms")"));
}

TEST(AccessLine, SaysWhereTheRequestStandsInATrace) {
  Exchange exchange = make_exchange();
  exchange.trace = TraceContext{{1, 2}, 3, true};
  exchange.parent_span = 4;
  EXPECT_THAT(access_line(exchange), HasSubstr(R"("trace_id":"00000000000000010000000000000002",)"
                                               R"("span_id":"0000000000000003","parent_span_id":"0000000000000004")"));
}

TEST(AccessLog, WritesEveryLineBeforeItEnds) {
  const TempDir folder;
  const std::string file = folder.path() / "access.log";
  auto log = AccessLog::open(file).value();
  log->take(make_exchange());
  log->take(make_exchange());
  EXPECT_EQ(log->dropped(), 0u);
  log.reset();
  const std::string line = access_line(make_exchange()) + "\n";
  EXPECT_EQ(read_file(file).value(), line + line);
}

TEST(AccessLog, GoesOnInANewFileAfterReopen) {
  const TempDir folder;
  const std::string file = folder.path() / "access.log";
  auto log = AccessLog::open(file).value();
  std::filesystem::rename(file, folder.path() / "old");
  ASSERT_TRUE(log->reopen());
  log->take(make_exchange());
  log.reset();
  EXPECT_EQ(read_file(file).value(), access_line(make_exchange()) + "\n");
}

TEST(AccessLog, AFileThatCannotBeOpenedIsNamed) {
  const auto log = AccessLog::open("/nowhere/at/all.log");
  ASSERT_FALSE(log);
  EXPECT_THAT(log.error().message, HasSubstr("/nowhere/at/all.log"));
}

TEST(RequestLines, AreWrittenAtLevelInfoOnly) {
  RequestLines lines;
  log::configure(log::Level::kWarning, log::Format::kJson);
  EXPECT_FALSE(lines.wants());
  log::configure(log::Level::kInfo, log::Format::kJson);
  ::testing::internal::CaptureStderr();
  lines.take(make_exchange());
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr(R"("status":"404","ms":"1.500")"));
}

}  // namespace
}  // namespace tandem::serve
