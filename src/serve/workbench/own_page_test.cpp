// SPDX-License-Identifier: Apache-2.0
// Who may use the workbench, by the headers that browsers send.
#include "serve/workbench/own_page.h"

#include <gtest/gtest.h>

namespace tandem::serve {
namespace {

HttpRequest request(std::vector<std::pair<std::string_view, std::string_view>> headers) {
  HttpRequest made;
  made.headers = std::move(headers);
  return made;
}

TEST(OwnPage, TakesAProgramThatSendsTheHeader) {
  EXPECT_TRUE(check_own_page(request({{"host", "127.0.0.1:5003"}, {"x-tandem-workbench", "1"}})));
}

TEST(OwnPage, TakesThePageItself) {
  EXPECT_TRUE(check_own_page(request({{"host", "localhost:5003"},
                                      {"x-tandem-workbench", "1"},
                                      {"origin", "http://localhost:5003"},
                                      {"sec-fetch-site", "same-origin"}})));
}

TEST(OwnPage, RefusesARequestWithoutTheHeader) {
  const Status status = check_own_page(request({{"host", "127.0.0.1:5003"}}));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kPermissionDenied);
}

TEST(OwnPage, RefusesAPageOfAnotherSite) {
  for (const char* origin : {"https://evil.example", "null", "http://127.0.0.1:9000", "127.0.0.1:5003"}) {
    EXPECT_FALSE(check_own_page(request({{"host", "127.0.0.1:5003"}, {"x-tandem-workbench", "1"}, {"origin", origin}})))
        << origin;
  }
}

TEST(OwnPage, RefusesWhatTheBrowserCallsAnotherSite) {
  for (const char* site : {"cross-site", "same-site", "?"}) {
    EXPECT_FALSE(
        check_own_page(request({{"host", "127.0.0.1:5003"}, {"x-tandem-workbench", "1"}, {"sec-fetch-site", site}})))
        << site;
  }
}

TEST(Host, TakesTheNamesOfThisMachine) {
  for (const char* host : {"127.0.0.1:5003", "127.0.0.1", "localhost:5003", "[::1]:5003", "[::1]"}) {
    EXPECT_TRUE(check_host(request({{"host", host}}), true)) << host;
  }
}

TEST(Host, RefusesAForeignNameThatPointsHere) {
  for (const char* host : {"evil.example:5003", "127.0.0.1.evil.example", "", "localhost.evil.example"}) {
    EXPECT_FALSE(check_host(request({{"host", host}}), true)) << host;
  }
}

TEST(Host, TakesAnyNameWhereOthersMayAsk) { EXPECT_TRUE(check_host(request({{"host", "gpu7:5003"}}), false)); }

}  // namespace
}  // namespace tandem::serve
