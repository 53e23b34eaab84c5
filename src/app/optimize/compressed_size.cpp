// SPDX-License-Identifier: Apache-2.0
// Deflates piece by piece and keeps only the count.
#include "app/optimize/compressed_size.h"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "base/check.h"

namespace tandem::app {

std::uint64_t compressed_size(std::string_view bytes) {
  constexpr std::size_t kPiece = 1 << 20;
  z_stream stream{};
  CHECK(deflateInit(&stream, Z_BEST_COMPRESSION) == Z_OK);
  std::array<Bytef, 1 << 14> out{};
  std::uint64_t count = 0;
  do {
    const std::size_t piece = std::min(kPiece, bytes.size());
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(piece);
    bytes.remove_prefix(piece);
    do {
      stream.next_out = out.data();
      stream.avail_out = static_cast<uInt>(out.size());
      deflate(&stream, bytes.empty() ? Z_FINISH : Z_NO_FLUSH);
      count += out.size() - stream.avail_out;
    } while (stream.avail_out == 0);
  } while (!bytes.empty());
  deflateEnd(&stream);
  return count;
}

}  // namespace tandem::app
