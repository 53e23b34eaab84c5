// SPDX-License-Identifier: Apache-2.0
// guarded: calls OpenVINO and turns what it throws into an Error.
#pragma once

#include <exception>
#include <new>
#include <string>

#include "base/error.h"

namespace tandem::openvino {

/// OpenVINO's message without its source files, in one line, of bounded length.
std::string plain_message(std::string_view thrown);

/// What `act` returns, a Result or Status. Errors: internal, resource_exhausted (memory).
template <typename Act>
auto guarded(Act&& act) -> decltype(act()) {
  try {
    return act();
  } catch (const std::bad_alloc&) {
    return fail(Code::kResourceExhausted, "OpenVINO found no more memory");
  } catch (const std::exception& thrown) {
    return fail(Code::kInternal, plain_message(thrown.what()));
  } catch (...) {
    return fail(Code::kInternal, "OpenVINO threw something that is no exception");
  }
}

}  // namespace tandem::openvino
