// SPDX-License-Identifier: Apache-2.0
// Compresses with zlib, for tests of what decompresses.
#pragma once

#include <zlib.h>

#include <string>
#include <string_view>

namespace tandem {

/// window_bits as deflateInit2 takes them: -MAX_WBITS for raw deflate, MAX_WBITS for zlib, MAX_WBITS + 16 for gzip.
inline std::string compress_with(int window_bits, std::string_view text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace tandem
