// SPDX-License-Identifier: Apache-2.0
// A list of names with weights, and deflate over the pieces of a body.
#include "serve/http/content_coding.h"

#include <zlib.h>

#include <algorithm>
#include <span>

#include "serve/http/header_text.h"
#include "serve/http/output_queue.h"

namespace tandem::serve {
namespace {

// Tensors of floats hardly get smaller at higher levels, which cost several times as much.
constexpr int kLevel = Z_BEST_SPEED;
constexpr int kMemoryLevel = 8;

// "q=0.5" in thousandths (RFC 9110, 12.4.2); nothing when it is not written so.
std::optional<int> parse_weight(std::string_view text) {
  if (text.size() < 3 || text.size() > 7 || (text[0] != 'q' && text[0] != 'Q') || text[1] != '=') return std::nullopt;
  text.remove_prefix(2);
  if ((text[0] != '0' && text[0] != '1') || (text.size() > 1 && text[1] != '.')) return std::nullopt;
  int weight = (text[0] - '0') * 1000;
  int place = 100;
  for (std::size_t i = 2; i < text.size(); ++i, place /= 10) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    weight += (text[i] - '0') * place;
  }
  return weight <= 1000 ? std::optional(weight) : std::nullopt;
}

struct Weights {  // in thousandths; what the client did not name is absent
  std::optional<int> gzip, deflate, identity, any;
};

bool add_weight(std::string_view element, Weights& weights) {
  const std::size_t semicolon = element.find(';');
  const std::string_view name = trim(element.substr(0, semicolon));
  int weight = 1000;
  if (semicolon != std::string_view::npos) {
    const auto given = parse_weight(trim(element.substr(semicolon + 1)));
    if (!given) return false;
    weight = *given;
  }
  if (equals_lower(name, "gzip") || equals_lower(name, "x-gzip")) weights.gzip = weight;
  if (equals_lower(name, "deflate")) weights.deflate = weight;
  if (equals_lower(name, "identity")) weights.identity = weight;
  if (name == "*") weights.any = weight;
  return true;
}

// z_stream that is ended when it goes.
struct Deflater {
  z_stream stream{};
  bool ready = false;
  explicit Deflater(ContentCoding coding) {
    const int window = coding == ContentCoding::kGzip ? 15 + 16 : 15;  // + 16: with the wrapper of gzip
    ready = deflateInit2(&stream, kLevel, Z_DEFLATED, window, kMemoryLevel, Z_DEFAULT_STRATEGY) == Z_OK;
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater() {
    if (ready) deflateEnd(&stream);
  }

  // False when the output is full.
  bool feed(std::span<const char> bytes) {
    constexpr std::size_t kSlice = std::size_t{1} << 30;  // zlib counts in 32 bits
    while (!bytes.empty()) {
      const auto part = bytes.first(std::min(bytes.size(), kSlice));
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(part.data()));
      stream.avail_in = static_cast<uInt>(part.size());
      if (deflate(&stream, Z_NO_FLUSH) != Z_OK || stream.avail_in > 0) return false;
      bytes = bytes.subspan(part.size());
    }
    return true;
  }
};

}  // namespace

std::string_view coding_name(ContentCoding coding) {
  switch (coding) {
    case ContentCoding::kGzip: return "gzip";
    case ContentCoding::kDeflate: return "deflate";
    case ContentCoding::kIdentity: break;
  }
  return "identity";
}

ContentCoding choose_coding(std::string_view accept_encoding) {
  if (accept_encoding.empty()) return ContentCoding::kIdentity;
  Weights weights;
  while (!accept_encoding.empty()) {
    const std::size_t comma = std::min(accept_encoding.find(','), accept_encoding.size());
    const std::string_view element = trim(accept_encoding.substr(0, comma));
    if (!element.empty() && !add_weight(element, weights)) return ContentCoding::kIdentity;
    accept_encoding.remove_prefix(std::min(comma + 1, accept_encoding.size()));
  }
  const int any = weights.any.value_or(0);
  const int gzip = weights.gzip.value_or(any);
  const int deflate = weights.deflate.value_or(any);
  const int best = std::max(gzip, deflate);
  if (best == 0 || best < weights.identity.value_or(0)) return ContentCoding::kIdentity;
  return gzip >= deflate ? ContentCoding::kGzip : ContentCoding::kDeflate;
}

std::optional<std::string> compress_body(const HttpResponse& response, ContentCoding coding) {
  constexpr std::size_t kMost = std::size_t{1} << 31;  // of the output, which zlib counts in 32 bits
  Deflater deflater(coding);
  if (!deflater.ready) return std::nullopt;
  std::string out(std::min(body_size(response), kMost), '\0');
  deflater.stream.next_out = reinterpret_cast<Bytef*>(out.data());
  deflater.stream.avail_out = static_cast<uInt>(out.size());
  if (!deflater.feed(response.text)) return std::nullopt;
  for (const Tensor& tensor : response.tensors) {
    if (!deflater.feed({static_cast<const char*>(tensor.data()), tensor.byte_size()})) return std::nullopt;
  }
  deflater.stream.next_in = nullptr;
  if (deflate(&deflater.stream, Z_FINISH) != Z_STREAM_END) return std::nullopt;
  out.resize(out.size() - deflater.stream.avail_out);
  return out;
}

}  // namespace tandem::serve
