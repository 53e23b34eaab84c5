// SPDX-License-Identifier: Apache-2.0
// Facts about the health protocol: what is told, to whom, and when again.
#include "serve/grpc/health.h"

#include <gtest/gtest.h>

#include <vector>

#include "support/fake_inference_service.h"

namespace tandem::serve {
namespace {

const std::string kServing = "\x08\x01";
const std::string kNotServing = "\x08\x02";
const std::string kUnknown = "\x08\x03";

class HealthTest : public testing::Test {
 protected:
  HealthTest() { service_.add(FakeInferenceService::one_to_one("m", DType::kFloat32, {Dim::symbol("n")})); }

  /// What one call is told.
  struct Told {
    std::vector<std::string> messages;
    std::string status;  // of its end
  };
  std::shared_ptr<AnswerStream> answers(Told& told) {
    return std::make_shared<AnswerStream>([&told](const HttpResponse& piece) {
      if (piece.text.size() > 5) told.messages.push_back(piece.text.substr(5));
      for (const auto& [name, value] : piece.trailers) {
        if (name == "grpc-status") told.status = value;
      }
    });
  }

  FakeInferenceService service_;
  HealthWatchers watchers_{service_};
};

TEST_F(HealthTest, AWatchIsToldAtOnce) {
  Told told;
  watchers_.add("", answers(told));
  EXPECT_EQ(told.messages, std::vector{kServing});
}

TEST_F(HealthTest, AWatchIsToldAgainOnlyWhenItsHealthChanges) {
  Told told;
  watchers_.add("", answers(told));
  watchers_.look();
  service_.is_ready = false;
  watchers_.look();
  watchers_.look();
  service_.is_ready = true;
  watchers_.look();
  EXPECT_EQ(told.messages, (std::vector{kServing, kNotServing, kServing}));
}

TEST_F(HealthTest, AModelThatIsNotThereYetCanBeWatched) {
  Told told;
  watchers_.add("later", answers(told));
  service_.add(FakeInferenceService::one_to_one("later", DType::kFloat32, {Dim::symbol("n")}));
  watchers_.look();
  EXPECT_EQ(told.messages, (std::vector{kUnknown, kServing}));
}

TEST_F(HealthTest, AModelIsWatchedByItself) {
  Told told;
  watchers_.add("m", answers(told));
  service_.is_ready = false;  // because of another model
  watchers_.look();
  EXPECT_EQ(told.messages, std::vector{kServing});
}

TEST_F(HealthTest, WhoHasGoneIsToldNoMore) {
  Told told;
  watchers_.remove(watchers_.add("", answers(told)));
  service_.is_ready = false;
  watchers_.look();
  EXPECT_EQ(told.messages.size(), 1U);
}

class WatchRouteTest : public HealthTest {
 protected:
  WatchRouteTest() { add_grpc_health_routes(router_, service_, {}, std::chrono::hours(1)); }

  std::unique_ptr<BodyReceiver> open(Told& told) {
    HttpRequest head;
    head.method = "POST";
    head.path = "/grpc.health.v1.Health/Watch";
    head.headers.emplace_back("content-type", "application/grpc");
    return router_.open(std::move(head), [&told](const HttpResponse& piece) {
      if (piece.text.size() > 5) told.messages.push_back(piece.text.substr(5));
      for (const auto& [name, value] : piece.trailers) {
        if (name == "grpc-status") told.status = value;
      }
    });
  }
  static void ask(BodyReceiver& receiver, const std::string& frame = std::string(5, '\0')) {
    receiver.on_data(std::as_bytes(std::span(frame)));
    receiver.on_end();
  }

  Router router_;
};

TEST_F(WatchRouteTest, ADrainIsToldAndEndsTheCall) {
  Told told;
  const auto receiver = open(told);
  ask(*receiver);
  EXPECT_EQ(told.status, "");
  service_.is_ready = false;
  receiver->on_drain();
  EXPECT_EQ(told.messages, (std::vector{kServing, kNotServing}));
  EXPECT_EQ(told.status, "14");
}

TEST_F(WatchRouteTest, ACallWithoutItsMessageIsRefused) {
  Told none;
  ask(*open(none), "");
  EXPECT_EQ(none.status, "13");
  Told two;
  ask(*open(two), std::string(10, '\0'));
  EXPECT_EQ(two.status, "13");
  Told half;
  ask(*open(half), std::string(3, '\0'));
  EXPECT_EQ(half.status, "13");
}

TEST_F(WatchRouteTest, AClientThatGoesEndsItsWatch) {
  Told told;
  auto receiver = open(told);
  ask(*receiver);
  receiver.reset();
  EXPECT_EQ(told.status, "1");
}

}  // namespace
}  // namespace tandem::serve
