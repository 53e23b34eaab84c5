// SPDX-License-Identifier: Apache-2.0
// ClientStream: a stream that this program has opened itself, to someone who has to prove who he is.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "serve/http/byte_stream.h"

namespace tandem::serve {

class ClientStream : public ByteStream {
 public:
  /// After kBroken: why, for a log; "" where there is no more to say than that the other side has gone.
  virtual std::string problem() const = 0;
};

/// Puts a stream over a socket that was connected to `host`. Null when that fails.
using ClientStreamFactory =
    std::function<std::unique_ptr<ClientStream>(std::unique_ptr<ByteStream> socket, const std::string& host)>;

}  // namespace tandem::serve
