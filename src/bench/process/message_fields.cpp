// SPDX-License-Identifier: Apache-2.0
// Checks of one field after the other.
#include "bench/process/message_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace tandem::bench {

using Wire = ProtobufField::Wire;

tl::unexpected<Error> broken_message(std::string_view what) {
  return fail(Code::kDataLoss, fmt::format("a message of the process that is measured is broken: {}", what));
}

void write_real(ProtobufWriter& writer, std::uint32_t field, double value) {
  writer.text(field, {reinterpret_cast<const char*>(&value), sizeof(value)});
}

Status unknown_field(std::string_view what, const ProtobufField& field) {
  return broken_message(fmt::format("{} has a field {} that it should not have", what, field.number));
}

Result<std::string> read_text(const ProtobufField& field) {
  if (field.wire != Wire::kBytes || field.bytes.size() > kMaxMessageText) {
    return broken_message(fmt::format("field {} is no text of at most {} bytes", field.number, kMaxMessageText));
  }
  return std::string(field.text());
}

Result<double> read_real(const ProtobufField& field) {
  double value = 0;
  if (field.wire != Wire::kBytes || field.bytes.size() != sizeof(value)) {
    return broken_message(fmt::format("field {} is no number", field.number));
  }
  std::memcpy(&value, field.bytes.data(), sizeof(value));
  if (!std::isfinite(value) || value < 0) {
    return broken_message(fmt::format("field {} is the time {}", field.number, value));
  }
  return value;
}

Result<std::uint64_t> read_integer(const ProtobufField& field, std::uint64_t most) {
  if (field.wire != Wire::kVarint || field.value > most) {
    return broken_message(fmt::format("field {} is no number of 0 to {}", field.number, most));
  }
  return field.value;
}

Result<std::vector<double>> read_reals(const ProtobufField& field) {
  if (field.wire != Wire::kBytes || field.bytes.size() % sizeof(double) != 0) {
    return broken_message(fmt::format("field {} is no list of numbers", field.number));
  }
  std::vector<double> values(field.bytes.size() / sizeof(double));
  if (!values.empty()) std::memcpy(values.data(), field.bytes.data(), field.bytes.size());
  const bool times = std::ranges::all_of(values, [](double value) { return std::isfinite(value) && value >= 0; });
  if (!times) return broken_message(fmt::format("field {} has numbers that are no times", field.number));
  return values;
}

}  // namespace tandem::bench
