// SPDX-License-Identifier: Apache-2.0
// The frame of every page, its style, and the script of its tables.
#include "page/page.h"

#include <fmt/format.h>

namespace tandem {
namespace {

constexpr std::string_view kFrameStyle = R"css(
:root { color-scheme: light dark; --ink: #1c2230; --soft: #667085; --line: #d9dee8; --card: #f5f7fb; --page: #ffffff; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9f0; --soft: #97a1b5; --line: #333b4d; --card: #1c2230; --page: #12161f; }
}
body { font: 14px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--page); margin: 0 auto; padding: 24px; max-width: 1180px; }
h1 { font-size: 22px; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 16px; margin: 32px 0 8px; }
p { margin: 4px 0; }
.note { color: var(--soft); }
.cards { display: flex; flex-wrap: wrap; gap: 12px; margin-top: 16px; }
.card { background: var(--card); border-radius: 8px; padding: 10px 14px; flex: 1 1 180px; }
.card strong { display: block; font-size: 20px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 8px; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th { color: var(--soft); font-weight: 600; cursor: pointer; }
th.text, td.text { text-align: left; }
td.name { text-align: left; white-space: normal; overflow-wrap: anywhere; min-width: 220px; }
td.bar { min-width: 120px; }
td.bar i { display: block; height: 12px; border-radius: 3px; }
i.dot { display: inline-block; width: 10px; height: 10px; border-radius: 50%; margin-right: 6px; }
svg { width: 100%; max-width: 860px; height: auto; }
svg text { fill: var(--soft); font-size: 12px; }
svg .series { fill: none; stroke-width: 1.6; }
.legend { margin-right: 14px; white-space: nowrap; }
svg .grid { stroke: var(--line); }
.c0 { background: #6ea8fe; fill: #3b82f6; stroke: #3b82f6; } .c1 { background: #f6b26b; fill: #ea8a2e; stroke: #ea8a2e; }
.c2 { background: #7fd1ae; fill: #25a477; stroke: #25a477; } .c3 { background: #f28b9b; fill: #e14a63; stroke: #e14a63; }
.c4 { background: #b9a1f2; fill: #8b62e8; stroke: #8b62e8; } .c5 { background: #e5d36b; fill: #bfa51b; stroke: #bfa51b; }
.c6 { background: #7fd4e6; fill: #1da0bb; stroke: #1da0bb; } .c7 { background: #e9a3d5; fill: #cf57ad; stroke: #cf57ad; }
.c8 { background: #b7c97d; fill: #86a127; stroke: #86a127; } .c9 { background: #b9bfcb; fill: #7d8799; stroke: #7d8799; }
)css";

constexpr std::string_view kSortScript = R"js(
for (const head of document.querySelectorAll('th')) {
  head.addEventListener('click', () => {
    const column = [...head.parentNode.children].indexOf(head);
    const body = head.closest('table').tBodies[0];
    const key = (row) => row.children[column].dataset.value ?? row.children[column].textContent;
    const sign = head.dataset.sorted === 'down' ? 1 : -1;
    head.dataset.sorted = sign < 0 ? 'down' : 'up';
    const compare = (a, b) => (isNaN(key(a)) || isNaN(key(b)) ? -key(a).localeCompare(key(b)) : key(a) - key(b));
    body.append(...[...body.rows].sort((a, b) => sign * compare(a, b)));
  });
}
)js";

}  // namespace

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char letter : text) {
    switch (letter) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      case '\'': escaped += "&#39;"; break;
      default: escaped += letter;
    }
  }
  return escaped;
}

std::string make_page(const Page& page) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\"><meta http-equiv=\"Content-Security-Policy\" "
      "content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\"><title>{}</title>"
      "<style>{}{}</style></head><body>\n{}<script>{}{}</script></body></html>\n",
      escape_html(page.title), kFrameStyle, page.style, page.body, kSortScript, page.script);
}

std::string make_card(std::string_view value, std::string_view label) {
  return fmt::format("<div class=\"card\"><strong>{}</strong>{}</div>", escape_html(value), escape_html(label));
}

std::string page_time(double ms) {
  return ms >= 1 || ms == 0 ? fmt::format("{:.4g} ms", ms) : fmt::format("{:.3g} µs", ms * 1e3);
}

}  // namespace tandem
