// SPDX-License-Identifier: Apache-2.0
// Floats as the bytes that a request carries.
#pragma once

#include <cstring>
#include <initializer_list>
#include <string>

namespace tandem {

inline std::string bytes_of(std::initializer_list<float> values) {
  std::string out(values.size() * sizeof(float), '\0');
  std::memcpy(out.data(), values.begin(), out.size());
  return out;
}

}  // namespace tandem
