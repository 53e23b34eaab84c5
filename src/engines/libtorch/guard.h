// SPDX-License-Identifier: Apache-2.0
// guarded: calls LibTorch and turns what it throws into an Error.
#pragma once

#include <exception>
#include <new>
#include <string>
#include <string_view>

#include "base/error.h"

namespace tandem::libtorch {

/// LibTorch's message without its own stack and its decoration, in one line, of bounded length.
std::string plain_message(std::string_view thrown);

/// Whose mistake it is, as far as the words tell: invalid_argument where shapes or types do not fit, resource_exhausted
/// where memory was missing, else internal.
Error to_error(std::string_view thrown);

/// What `act` returns, a Result or Status. Errors: those of to_error.
template <typename Act>
auto guarded(Act&& act) -> decltype(act()) {
  try {
    return act();
  } catch (const std::bad_alloc&) {
    return fail(Code::kResourceExhausted, "LibTorch found no more memory");
  } catch (const std::exception& thrown) {
    return fail(to_error(thrown.what()));
  } catch (...) {
    return fail(Code::kInternal, "LibTorch threw something that is no exception");
  }
}

}  // namespace tandem::libtorch
