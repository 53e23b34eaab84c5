// SPDX-License-Identifier: Apache-2.0
// What every page promises.
#include "page/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Page, LetsNoNameBecomeMarkup) {
  const std::string html = make_page({"<img src=x onerror=alert(1)>", make_card("<b>", "\"quoted\" & 'more'")});
  EXPECT_THAT(html, Not(HasSubstr("<img")));
  EXPECT_THAT(html, Not(HasSubstr("<b>")));
  EXPECT_THAT(html, HasSubstr("&quot;quoted&quot; &amp; &#39;more&#39;"));
}

TEST(Page, ForbidsWhatComesFromOutside) { EXPECT_THAT(make_page({"t", ""}), HasSubstr("default-src 'none'")); }

TEST(Page, HasItsOwnStyleAndScriptAfterThoseOfAllPages) {
  const std::string html = make_page({"t", "<p>body</p>", ".mine { }", "mine();"});
  EXPECT_LT(html.find("table {"), html.find(".mine { }"));
  EXPECT_LT(html.find("querySelectorAll('th')"), html.find("mine();"));
}

TEST(Page, WritesShortTimesInMicroseconds) {
  EXPECT_EQ(page_time(12.345), "12.35 ms");
  EXPECT_EQ(page_time(0.0456), "45.6 µs");
  EXPECT_EQ(page_time(0), "0 ms");
}

}  // namespace
}  // namespace tandem
