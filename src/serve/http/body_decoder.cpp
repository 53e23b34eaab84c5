// SPDX-License-Identifier: Apache-2.0
// The chunked state machine and a bounded inflate.
#include "serve/http/body_decoder.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

namespace tandem::serve {
namespace {

constexpr std::size_t kOverheadLimit = 16 * 1024;

tl::unexpected<Rejection> too_large(std::uint64_t limit_bytes) {
  return reject(413, "the body is larger than the limit of " + std::to_string(limit_bytes) + " bytes");
}

// z_stream that is ended when it goes.
struct Inflater {
  z_stream stream{};
  bool ready = false;
  Inflater() { ready = inflateInit2(&stream, 15 + 32) == Z_OK; }  // 15 + 32: zlib or gzip wrapper, by its first bytes
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() {
    if (ready) inflateEnd(&stream);
  }
};

}  // namespace

Parsed<std::size_t> ChunkedDecoder::feed(std::string_view bytes, std::string& out) {
  std::size_t used = 0;
  while (used < bytes.size() && state_ != State::kDone) {
    if (state_ == State::kData) {
      const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, bytes.size() - used));
      out.append(bytes, used, part);
      used += part;
      remaining_ -= part;
      if (remaining_ == 0) state_ = State::kDataReturn;
      continue;
    }
    if (auto stepped = step(bytes[used]); !stepped) return tl::unexpected<Rejection>(std::move(stepped).error());
    ++used;
  }
  return used;
}

Parsed<void> ChunkedDecoder::end_size() {
  if (size_digits_ == 0) return reject(400, "chunked body: expected a chunk size in hexadecimal digits");
  total_ += remaining_;
  if (total_ > limit_bytes_) return too_large(limit_bytes_);
  return {};
}

Parsed<void> ChunkedDecoder::step(char c) {
  constexpr const char* kBadEnd = "chunked body: expected CR LF after a chunk's size and data";
  switch (state_) {
    case State::kSize: {
      const int digit = hex_value(c);
      if (digit >= 0) {
        if (++size_digits_ > 15) return too_large(limit_bytes_);
        remaining_ = remaining_ * 16 + static_cast<std::uint64_t>(digit);
        return {};
      }
      if (c != ';' && c != '\r') return reject(400, "chunked body: expected a chunk size in hexadecimal digits");
      state_ = c == ';' ? State::kExtension : State::kSizeEnd;
      return end_size();
    }
    case State::kExtension:
      if (++overhead_ > kOverheadLimit) return reject(400, "chunked body: too many bytes of chunk extensions");
      if (c == '\n') return reject(400, kBadEnd);
      if (c == '\r') state_ = State::kSizeEnd;
      return {};
    case State::kSizeEnd:
      if (c != '\n') return reject(400, kBadEnd);
      state_ = remaining_ > 0 ? State::kData : State::kTrailer;
      size_digits_ = 0;
      return {};
    case State::kDataReturn:
      if (c != '\r') return reject(400, kBadEnd);
      state_ = State::kDataEnd;
      return {};
    case State::kDataEnd:
      if (c != '\n') return reject(400, kBadEnd);
      state_ = State::kSize;
      return {};
    case State::kTrailer:  // trailers are read and dropped
      if (++overhead_ > kOverheadLimit) return reject(431, "chunked body: too many bytes of trailers");
      if (c == '\n') return reject(400, kBadEnd);
      if (c == '\r') {
        state_ = State::kTrailerEnd;
      } else {
        ++trailer_line_;
      }
      return {};
    case State::kTrailerEnd:
      if (c != '\n') return reject(400, kBadEnd);
      state_ = trailer_line_ == 0 ? State::kDone : State::kTrailer;
      trailer_line_ = 0;
      return {};
    case State::kData:
    case State::kDone: break;
  }
  return {};
}

bool is_known_encoding(std::string_view content_encoding) {
  return content_encoding == "gzip" || content_encoding == "x-gzip" || content_encoding == "deflate";
}

Parsed<std::string> decompress(std::string_view content_encoding, std::string_view bytes, std::uint64_t limit_bytes) {
  if (!is_known_encoding(content_encoding)) {
    return reject(501, "header content-encoding: expected gzip, deflate or identity");
  }
  if (bytes.size() > std::numeric_limits<uInt>::max()) return too_large(limit_bytes);
  Inflater inflater;
  if (!inflater.ready) return reject(503, "no memory to decompress the body");
  z_stream& stream = inflater.stream;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  for (;;) {
    const std::size_t before = out.size();
    const std::size_t room = std::clamp<std::size_t>(before, 16 * 1024, 4 << 20);
    out.resize(before + room);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream.avail_out = static_cast<uInt>(room);
    const int status = inflate(&stream, Z_NO_FLUSH);
    out.resize(before + room - stream.avail_out);
    if (out.size() > limit_bytes) return too_large(limit_bytes);
    if (status == Z_STREAM_END) break;
    if (status != Z_OK || (stream.avail_in == 0 && stream.avail_out > 0)) {
      return reject(400, "the body is not complete, undamaged " + std::string(content_encoding) + " data");
    }
  }
  if (stream.avail_in > 0) return reject(400, "bytes follow the compressed body");
  return out;
}

}  // namespace tandem::serve
