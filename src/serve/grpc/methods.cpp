// SPDX-License-Identifier: Apache-2.0
// Paths are /package.Service/Method.
#include "serve/grpc/methods.h"

#include <fmt/format.h>

#include <utility>

namespace tandem::serve {

void GrpcMethods::document(std::string_view name, Document make) const {
  method(name, [make = std::move(make)](const UnaryRequest& request, const UnaryReply& reply) {
    const auto read = SimpleRequest::read(request.message);
    auto document = read ? make(*read) : Result<std::string>(fail(read.error()));
    if (!document) return reply(fail(std::move(document).error()));
    GrpcAnswer answer;
    answer.text = std::move(*document);
    reply(std::move(answer));
  });
}

void GrpcMethods::method(std::string_view name, UnaryMethod call) const {
  add_unary(router_, fmt::format("/{}/{}", service_, name), options_, std::move(call));
}

}  // namespace tandem::serve
