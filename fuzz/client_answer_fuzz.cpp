// SPDX-License-Identifier: Apache-2.0
// Fuzzes what a client reads of a server: an HTTP answer in two pieces, and descriptions of models in both forms.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "serve/client/answer_reader.h"
#include "serve/client/infer_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto text = tandem::as_text(bytes);
  tandem::serve::AnswerReader reader;
  if (reader.feed(text.substr(0, size / 2)) && reader.feed(text.substr(size / 2)) && reader.done()) {
    static_cast<void>(tandem::serve::parse_http_metadata(reader.body()));
    static_cast<void>(tandem::serve::http_error_text(reader.body()));
  }
  static_cast<void>(tandem::serve::parse_grpc_metadata(bytes));
  return 0;
}
