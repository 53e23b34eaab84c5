// SPDX-License-Identifier: Apache-2.0
// What the OpenAPI document says of each route: one row a method and path.
#pragma once

#include <span>
#include <string_view>

namespace tandem::serve {

/// A name with a '/' is a media type ("text/plain"), any other is a schema of schemas.h that travels as JSON.
struct Operation {
  std::string_view method;
  std::string_view path;  // as the router has it
  std::string_view tag;
  std::string_view summary;
  std::string_view request{};          // "": no body
  std::string_view answer{};           // of status 200; "": no body
  bool request_optional = false;       // an empty body will do
  bool binary = false;                 // both may also be JSON followed by tensors
  std::string_view failure = "Error";  // of every other status
};

std::span<const Operation> operations();

/// Null when there is no row.
const Operation* find_operation(std::string_view method, std::string_view path);

}  // namespace tandem::serve
