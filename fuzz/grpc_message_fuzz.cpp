// SPDX-License-Identifier: Apache-2.0
// Fuzzes what a gRPC client sends: the splitter of messages, cut at every place, and the reader of infer requests.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "serve/grpc/infer_message.h"
#include "serve/grpc/message_memory.h"
#include "serve/grpc/message_splitter.h"
#include "serve/grpc/simple_request.h"
#include "serve/v2/infer_codec.h"

namespace {

using namespace tandem::serve;
using tandem::Dim;
using tandem::DType;

const ServedModel& model() {
  static const ServedModel made = [] {
    ServedModel one;
    one.name = "m";
    one.version = "1";
    one.info.inputs.push_back({"x", DType::kFloat32, {{Dim::symbol("n"), Dim::fixed(2)}, false}, false});
    one.info.inputs.push_back({"s", DType::kString, {{Dim::symbol("k")}, false}, true});
    one.info.outputs.push_back({"y", DType::kFloat32, {{Dim::symbol("n"), Dim::fixed(2)}, false}, false});
    one.max_batch_size = 8;
    return one;
  }();
  return made;
}

void answer_again(const DecodedInfer& decoded) {
  InferResponse response;
  auto copy = decoded.request.inputs[0].clone();
  if (!copy) return;
  response.outputs.push_back(std::move(*copy));
  (void)write_infer_answer(decoded, model(), std::move(response), {true, true});
}

void use(const GrpcMessage& message) {
  (void)SimpleRequest::read(message.bytes);
  auto read = read_infer_message(message.bytes);
  if (!read) return;
  InferBody rest;
  rest.owner = message.owner;
  const auto decoded = check_infer(read->envelope, rest, model());
  if (decoded) answer_again(*decoded);
  MessageMemory memory;
  memory.offer(message.bytes, *read);
  const auto known = memory.find(message.bytes);
  if (!known) return;
  rest.bytes = known->tensors;  // what is remembered means what was read
  const auto again = check_infer(known->message->envelope, rest, model());
  const bool is_same = known->message->model_name == read->model_name &&
                       known->message->model_version == read->model_version && again.has_value() == decoded.has_value();
  if (!is_same) __builtin_trap();
}

// Every byte that a message claims is read, so that the address sanitizer sees one that is not there.
std::size_t sum(std::span<const std::byte> bytes) {
  std::size_t total = bytes.size();
  for (const std::byte byte : bytes) total = total * 31 + std::to_integer<std::size_t>(byte);
  return total;
}

std::vector<std::size_t> split(std::span<const std::byte> body, std::size_t step, bool uses) {
  constexpr std::uint64_t kLimit = 1 << 16;
  std::vector<std::size_t> sums;
  MessageSplitter splitter(kLimit, first_raw_byte);
  for (std::size_t at = 0; at < body.size(); at += step) {
    const std::vector<std::byte> part(body.begin() + static_cast<std::ptrdiff_t>(at),
                                      body.begin() + static_cast<std::ptrdiff_t>(std::min(body.size(), at + step)));
    const auto fed = splitter.feed(part, [&](const GrpcMessage& message) {
      sums.push_back(sum(message.bytes));
      if (uses) use(message);
    });
    if (!fed) break;
  }
  return sums;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto body = std::as_bytes(std::span(data, size)).subspan(1);
  const std::vector<std::size_t> at_once = split(body, std::max<std::size_t>(1, body.size()), true);
  if (split(body, std::size_t{data[0]} + 1, false) != at_once) __builtin_trap();  // cuts must make no difference
  return 0;
}
