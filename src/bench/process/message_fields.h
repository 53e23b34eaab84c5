// SPDX-License-Identifier: Apache-2.0
// Fields of a message that is read strictly: a field of another type or number is an error, and so is a number out of
// range.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/protobuf_wire.h"
#include "base/protobuf_writer.h"

namespace tandem::bench {

inline constexpr std::size_t kMaxMessageTensors = 4096;
inline constexpr std::size_t kMaxMessageRank = 64;
inline constexpr std::size_t kMaxMessageText = std::size_t{64} << 10;

/// data_loss: "a message of the process that is measured is broken: {what}"
tl::unexpected<Error> broken_message(std::string_view what);
Status unknown_field(std::string_view what, const ProtobufField& field);

Result<std::string> read_text(const ProtobufField& field);
/// A finite number that is not negative.
Result<double> read_real(const ProtobufField& field);
Result<std::vector<double>> read_reals(const ProtobufField& field);
/// A number of 0..most.
Result<std::uint64_t> read_integer(const ProtobufField& field, std::uint64_t most);

/// One of an enumeration whose last is `last`.
template <typename Choice>
Result<Choice> read_choice(const ProtobufField& field, Choice last) {
  return static_cast<Choice>(TRY(read_integer(field, static_cast<std::uint64_t>(last))));
}

void write_real(ProtobufWriter& writer, std::uint32_t field, double value);

/// Calls `take` with each field; it returns whether the field is as it should be.
template <typename Take>
Status read_fields(std::span<const std::byte> body, std::string_view what, Take take) {
  ProtobufReader reader(body);
  while (const auto field = reader.next()) {
    const Status taken = take(*field);
    if (!taken) return taken;
  }
  if (reader.damaged()) return broken_message(std::string(what) + " is damaged");
  return {};
}

}  // namespace tandem::bench
