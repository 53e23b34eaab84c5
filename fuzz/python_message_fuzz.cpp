// SPDX-License-Identifier: Apache-2.0
// Fuzzes the reader of a Python worker's messages: a header, then the body by the kind that it names.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engines/python/message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace python = tandem::python;
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto header = python::parse_header(bytes.first(std::min(size, python::kHeaderBytes)));
  if (!header) return 0;
  const auto body = bytes.subspan(python::kHeaderBytes);
  switch (header->kind) {
    case python::Kind::kReady: static_cast<void>(python::parse_ready(body)); break;
    case python::Kind::kResult: static_cast<void>(python::parse_result(body)); break;
    case python::Kind::kValue: static_cast<void>(python::parse_value(body)); break;
    case python::Kind::kNeedMemory: static_cast<void>(python::parse_need_memory(body)); break;
    case python::Kind::kFailed: static_cast<void>(python::parse_failed(body)); break;
    default: break;
  }
  return 0;
}
