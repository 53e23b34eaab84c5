// SPDX-License-Identifier: Apache-2.0
// AccessRule: what a caller must be for which call. One table for HTTP and gRPC, whose calls are paths too.
#pragma once

#include <string_view>

#include "base/error.h"

namespace tandem::serve {

/// Each may do all that those before it may.
enum class Role { kAnyone, kRead, kInfer, kAdmin };

std::string_view role_name(Role role);  // "read"
/// Errors: invalid_argument (not read, infer or admin).
Result<Role> parse_role(std::string_view name);

struct AccessRule {
  Role role = Role::kAdmin;
  bool needs_admin_flag = false;  // it changes the running server for everyone: off unless --admin

  friend bool operator==(const AccessRule&, const AccessRule&) = default;
};

/// The rule of a call. What the table does not name is for kRead when it only reads (GET, HEAD), else for kAdmin, so
/// that a new route is closed until somebody opens it. `path` as in HttpRequest.
AccessRule access_rule(std::string_view method, std::string_view path);

}  // namespace tandem::serve
