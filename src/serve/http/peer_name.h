// SPDX-License-Identifier: Apache-2.0
// The address of the client of a socket, for logs.
#pragma once

#include <string>

namespace tandem::serve {

/// "192.0.2.7:51324", "[2001:db8::7]:51324", "unix"; "" when the socket has no peer any more.
std::string peer_name(int socket);

}  // namespace tandem::serve
