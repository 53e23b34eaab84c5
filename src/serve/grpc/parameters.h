// SPDX-License-Identifier: Apache-2.0
// InferParameter: the named values that requests, inputs and outputs carry.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.h"
#include "serve/v2/infer_envelope.h"

namespace tandem::serve {

struct GrpcParameter {
  std::string_view name;  // points into the message
  std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string_view> value;
};

/// An entry of a map<string, InferParameter>. Errors: invalid_argument.
Result<GrpcParameter> read_parameter(std::span<const std::byte> entry);

/// The value, when it is a whole number of at least 0. Errors: invalid_argument, with the name.
Result<std::uint64_t> parameter_count(const GrpcParameter& parameter);
Result<bool> parameter_bool(const GrpcParameter& parameter);
Result<std::string_view> parameter_text(const GrpcParameter& parameter);

}  // namespace tandem::serve
