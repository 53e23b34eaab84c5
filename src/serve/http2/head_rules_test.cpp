// SPDX-License-Identifier: Apache-2.0
// Tests of HeadRules: what is a request, and what is malformed.
#include "serve/http2/head_rules.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace tandem::serve {
namespace {

using HeadFields = std::vector<std::pair<std::string, std::string>>;

bool is_request(const HeadFields& fields) {
  HeadRules rules;
  for (const auto& [name, value] : fields) {
    if (!rules.add(name, value)) return false;
  }
  return rules.is_complete();
}

HeadFields usual_head() {
  return {{":method", "POST"}, {":scheme", "http"}, {":path", "/v2"}, {":authority", "server:80"}};
}
HeadFields usual_head_and(const std::string& name, const std::string& value) {
  HeadFields fields = usual_head();
  fields.emplace_back(name, value);
  return fields;
}
HeadFields usual_head_without(const std::string& name) {
  HeadFields fields;
  for (const auto& field : usual_head()) {
    if (field.first != name) fields.push_back(field);
  }
  return fields;
}
HeadFields usual_head_with(const std::string& name, const std::string& value) {
  HeadFields fields = usual_head();
  for (auto& field : fields) {
    if (field.first == name) field.second = value;
  }
  return fields;
}

TEST(HeadRulesTest, TheUsualHeadIsARequest) { EXPECT_TRUE(is_request(usual_head())); }

TEST(HeadRulesTest, EveryPseudoHeaderFieldIsNeeded) {
  for (const char* name : {":method", ":scheme", ":path", ":authority"}) {
    EXPECT_FALSE(is_request(usual_head_without(name))) << name;
  }
}

TEST(HeadRulesTest, AHostTakesThePlaceOfTheAuthority) {
  HeadFields fields = usual_head_without(":authority");
  fields.emplace_back("host", "server");
  EXPECT_TRUE(is_request(fields));
}

TEST(HeadRulesTest, NoPseudoHeaderFieldStandsTwice) {
  for (const auto& [name, value] : usual_head()) EXPECT_FALSE(is_request(usual_head_and(name, value))) << name;
}

TEST(HeadRulesTest, PseudoHeaderFieldsStandFirst) {
  HeadFields fields = usual_head_without(":path");
  fields.emplace_back("accept", "*/*");
  fields.emplace_back(":path", "/");
  EXPECT_FALSE(is_request(fields));
}

TEST(HeadRulesTest, OthersThanTheFourAreUnknown) {
  HeadFields fields = {{":status", "200"}};
  for (const auto& field : usual_head()) fields.push_back(field);
  EXPECT_FALSE(is_request(fields));
}

TEST(HeadRulesTest, AFieldOfTheConnectionIsMalformed) {
  for (const char* name : {"connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade"}) {
    EXPECT_FALSE(is_request(usual_head_and(name, "x"))) << name;
  }
}

TEST(HeadRulesTest, TeMaySayTrailersOnly) {
  EXPECT_TRUE(is_request(usual_head_and("te", "trailers")));
  EXPECT_FALSE(is_request(usual_head_and("te", "gzip")));
}

TEST(HeadRulesTest, ANameHasNoCapitalsNoSpacesAndIsNotEmpty) {
  for (const char* name : {"Accept", "a b", "", "a:b", "a\n"})
    EXPECT_FALSE(is_request(usual_head_and(name, "x"))) << name;
}

TEST(HeadRulesTest, AValueHasNoLineBreaksAndNoSpaceAtItsEnds) {
  for (const char* value : {"a\r\nb", "a\n", " a", "a\t"}) {
    EXPECT_FALSE(is_request(usual_head_and("x-mine", value))) << value;
  }
  EXPECT_TRUE(is_request(usual_head_and("x-mine", "")));
}

TEST(HeadRulesTest, ContentLengthAndHostStandOnce) {
  for (const char* name : {"content-length", "host"}) {
    HeadFields fields = usual_head_and(name, "1");
    EXPECT_TRUE(is_request(fields)) << name;
    fields.emplace_back(name, "1");
    EXPECT_FALSE(is_request(fields)) << name;
  }
}

TEST(HeadRulesTest, AFieldMayStandTwice) {
  HeadFields fields = usual_head_and("x-mine", "1");
  fields.emplace_back("x-mine", "2");
  EXPECT_TRUE(is_request(fields));
}

TEST(HeadRulesTest, APathBeginsWithASlash) {
  for (const char* path : {"", "v2", "*", "/a b", "/\x01"})
    EXPECT_FALSE(is_request(usual_head_with(":path", path))) << path;
}

TEST(HeadRulesTest, OptionsMayAskForTheServerAsAWhole) {
  HeadFields fields = usual_head_with(":path", "*");
  fields[0].second = "OPTIONS";
  EXPECT_TRUE(is_request(fields));
}

TEST(HeadRulesTest, ConnectNamesAnAuthorityAndNothingElse) {
  EXPECT_TRUE(is_request({{":method", "CONNECT"}, {":authority", "server:80"}}));
  EXPECT_FALSE(is_request(usual_head_with(":method", "CONNECT")));
}

TEST(HeadRulesTest, MethodSchemeAndAuthorityAreMadeOfTheirCharacters) {
  EXPECT_FALSE(is_request(usual_head_with(":method", "PO ST")));
  EXPECT_FALSE(is_request(usual_head_with(":scheme", "1http")));
  EXPECT_FALSE(is_request(usual_head_with(":scheme", "")));
  EXPECT_FALSE(is_request(usual_head_with(":authority", "a b")));
}

TEST(HeadRulesTest, ATrailerIsNoPseudoHeaderFieldAndNotOfTheConnection) {
  EXPECT_TRUE(is_trailer_field("x-checksum", "1"));
  EXPECT_FALSE(is_trailer_field(":path", "/"));
  EXPECT_FALSE(is_trailer_field("connection", "close"));
}

}  // namespace
}  // namespace tandem::serve
