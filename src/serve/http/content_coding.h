// SPDX-License-Identifier: Apache-2.0
// Compressed answers: which coding a client accepts (RFC 9110, 12.5.3), and a body in it. Pure. What undoes codings is
// in body_decoder.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "serve/http/message.h"

namespace tandem::serve {

enum class ContentCoding { kIdentity, kGzip, kDeflate };

/// As the header content-encoding says it: "gzip", "deflate" (with the zlib wrapper).
std::string_view coding_name(ContentCoding coding);

/// What the client likes best of what we can, by the value of its accept-encoding: gzip before deflate, both before
/// identity, unless its q-values say otherwise. A list that makes no sense counts as none.
ContentCoding choose_coding(std::string_view accept_encoding);

/// Text and tensors of `response` in `coding`, which is not kIdentity; nothing when that saves no byte.
std::optional<std::string> compress_body(const HttpResponse& response, ContentCoding coding);

}  // namespace tandem::serve
