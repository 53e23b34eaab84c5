// SPDX-License-Identifier: Apache-2.0
// Whether a request comes from this server's own page or from a program of the person: foreign pages start no jobs.
#pragma once

#include "base/error.h"
#include "serve/http/message.h"

namespace tandem::serve {

/// A header that a page of another site cannot send without being asked first, which this server never allows.
inline constexpr const char* kWorkbenchHeader = "x-tandem-workbench";

/// Every request: where only this machine may ask, Host must name it, or a foreign name was pointed at this address.
/// Errors: permission_denied.
Status check_host(const HttpRequest& request, bool loopback_only);

/// Requests that change something: kWorkbenchHeader must be there, Origin (if any) must be this server, and
/// Sec-Fetch-Site (if any) must not be another site. Errors: permission_denied.
Status check_own_page(const HttpRequest& request);

}  // namespace tandem::serve
