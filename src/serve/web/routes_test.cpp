// SPDX-License-Identifier: Apache-2.0
// Tests of the web page's routes, on the files that are really embedded.
#include "serve/web/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/file.h"
#include "serve/web/assets.h"

namespace tandem::serve {
namespace {

using testing::HasSubstr;
using testing::Not;

class WebRoutesTest : public testing::Test {
 protected:
  WebRoutesTest() { add_web_routes(router_); }

  HttpResponse get(std::string_view path, std::string_view if_none_match = {}) {
    HttpRequest request;
    request.method = "GET";
    request.path = path;
    if (!if_none_match.empty()) request.headers.emplace_back("if-none-match", if_none_match);
    HttpResponse answer;
    router_.handle(std::move(request), [&](HttpResponse response) { answer = std::move(response); });
    return answer;
  }

  static std::string header(const HttpResponse& response, std::string_view name) {
    const auto found = std::ranges::find(response.headers, name, [](const auto& entry) { return entry.first; });
    return found == response.headers.end() ? "" : found->second;
  }

  Router router_;
};

TEST_F(WebRoutesTest, AnswersThePageByteForByte) {
  const HttpResponse response = get("/");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "text/html; charset=utf-8");
  EXPECT_EQ(response.text, read_file(TANDEM_SOURCE_DIR "/web/index.html").value());
}

TEST_F(WebRoutesTest, AnswersEachAssetWithItsContentType) {
  EXPECT_EQ(get("/assets/style.css").content_type, "text/css; charset=utf-8");
  EXPECT_EQ(get("/assets/tandem.js").content_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(get("/assets/icon.svg").content_type, "image/svg+xml");
}

TEST_F(WebRoutesTest, EveryFileThatThePageNamesIsThere) {
  const std::string page = get("/").text;
  std::size_t count = 0;
  for (std::size_t at = page.find("\"assets/"); at != std::string::npos; at = page.find("\"assets/", at + 1)) {
    const std::string path = "/" + page.substr(at + 1, page.find('"', at + 1) - at - 1);
    EXPECT_EQ(get(path).status, 200) << path;
    ++count;
  }
  EXPECT_GE(count, 3U);
}

TEST_F(WebRoutesTest, ThePageUsesEveryFile) {
  const std::string page = get("/").text;
  for (const Asset& asset : assets()) {
    if (asset.path == "/") continue;
    EXPECT_THAT(page, HasSubstr("\"" + std::string(asset.path.substr(1)) + "\""));
  }
}

TEST_F(WebRoutesTest, TheSameBytesAreNotSentTwice) {
  const std::string etag = header(get("/assets/style.css"), "etag");
  ASSERT_FALSE(etag.empty());
  const HttpResponse response = get("/assets/style.css", etag);
  EXPECT_EQ(response.status, 304);
  EXPECT_EQ(response.text, "");
  EXPECT_EQ(header(response, "etag"), etag);
}

TEST_F(WebRoutesTest, OtherBytesAreSent) { EXPECT_EQ(get("/assets/style.css", "\"an older one\"").status, 200); }

TEST_F(WebRoutesTest, EachFileHasAnEtagOfItsOwn) {
  EXPECT_NE(header(get("/"), "etag"), header(get("/assets/style.css"), "etag"));
}

TEST_F(WebRoutesTest, ThePageMayLoadNothingFromElsewhere) {
  const std::string policy = header(get("/"), "content-security-policy");
  EXPECT_THAT(policy, HasSubstr("default-src 'self'; img-src 'self' data: blob:; style-src 'self'"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  EXPECT_EQ(header(get("/"), "x-content-type-options"), "nosniff");
}

TEST_F(WebRoutesTest, AnUnknownAssetIs404) { EXPECT_EQ(get("/assets/other.js").status, 404); }

TEST(EtagMatches, ReadsListsWeakTagsAndStars) {
  EXPECT_TRUE(etag_matches("\"a\"", "\"a\""));
  EXPECT_TRUE(etag_matches("\"b\" , W/\"a\"", "\"a\""));
  EXPECT_TRUE(etag_matches("*", "\"a\""));
  EXPECT_FALSE(etag_matches("", "\"a\""));
  EXPECT_FALSE(etag_matches("\"ab\"", "\"a\""));
  EXPECT_FALSE(etag_matches("a", "\"a\""));
  EXPECT_FALSE(etag_matches(",, ,", "\"a\""));
}

}  // namespace
}  // namespace tandem::serve
