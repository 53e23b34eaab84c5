// SPDX-License-Identifier: Apache-2.0
// Assets: the files of the web page as they lie in the program.
#pragma once

#include <span>
#include <string_view>

namespace tandem::serve {

/// One file of the page. Everything lives as long as the process.
struct Asset {
  std::string_view path;          // "/assets/style.css"
  std::string_view content_type;  // "text/css; charset=utf-8"
  std::string_view etag;          // with its quotes; changes with the bytes
  std::string_view bytes;
};

/// All files of the page; "/" is the page itself. Defined by a file that the build writes (cmake/TandemEmbed.cmake).
std::span<const Asset> assets();

}  // namespace tandem::serve
