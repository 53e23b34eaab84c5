// SPDX-License-Identifier: Apache-2.0
// Page: a report as one HTML file that needs nothing else and asks nobody.
#pragma once

#include <string>
#include <string_view>

namespace tandem {

/// Text that may stand anywhere in a page, in attributes with quotation marks, too. Names come from files.
std::string escape_html(std::string_view text);

/// What the parts of one page are; all but the title is HTML, CSS and JavaScript already.
struct Page {
  std::string title;
  std::string body;
  std::string_view style = {};   // after that of every page: tables, cards, ten colours c0 to c9
  std::string_view script = {};  // after that of every page, which sorts a table by the column whose head is clicked
};

/// The page itself forbids whatever comes from outside.
std::string make_page(const Page& page);

/// A box with a large text and a small one below.
std::string make_card(std::string_view value, std::string_view label);

/// "12.34 ms", "45.6 µs"
std::string page_time(double ms);

}  // namespace tandem
