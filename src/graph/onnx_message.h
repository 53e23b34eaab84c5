// SPDX-License-Identifier: Apache-2.0
// OnnxMessage: one protobuf message inside an ONNX file, walked over with errors that say where in the file.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <span>
#include <string_view>

#include "base/error.h"
#include "base/protobuf_wire.h"

namespace tandem::onnx {

using Wire = ProtobufField::Wire;

/// A view of the file's bytes.
struct OnnxMessage {
  std::span<const std::byte> file;
  std::span<const std::byte> bytes;  // part of `file`

  std::size_t offset() const { return bytes.empty() ? 0 : static_cast<std::size_t>(bytes.data() - file.data()); }
  OnnxMessage inside(const ProtobufField& field) const { return {file, field.bytes}; }

  /// "ONNX file: the graph at byte 17 ...": the failure of whoever reads this message.
  tl::unexpected<Error> refuse(std::string_view what, std::string_view why) const {
    return invalid_argument(fmt::format("not a sound ONNX file: the {} at byte {} {}", what, offset(), why));
  }

  /// Calls visit(field), which returns a Status, for each field.
  template <typename Visit>
  Status each(std::string_view what, Visit visit) const {
    ProtobufReader reader(bytes);
    while (const auto field = reader.next()) TRY(visit(*field));
    if (reader.damaged()) return refuse(what, "is damaged or cut off");
    return {};
  }
};

}  // namespace tandem::onnx
