// SPDX-License-Identifier: Apache-2.0
// Names of calls for messages.
#include "convert/aten/call.h"

#include <fmt/format.h>

namespace tandem::convert::aten {

std::string full_name(const Call& call) {
  return call.overload.empty() ? call.name : fmt::format("{}.{}", call.name, call.overload);
}

std::string qualified_name(const Call& call) {
  return call.name.find("::") == std::string::npos ? "aten." + full_name(call) : full_name(call);
}

std::string describe(const Call& call) {
  std::string text = qualified_name(call);
  if (!call.place.module.empty()) text += " in " + call.place.module;
  if (!call.place.source.empty()) text += " (" + call.place.source + ")";
  return text;
}

}  // namespace tandem::convert::aten
