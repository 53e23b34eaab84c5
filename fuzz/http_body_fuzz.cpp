// SPDX-License-Identifier: Apache-2.0
// Fuzzes the decoder of infer bodies. The first byte chooses the model, the second whether and where the JSON part
// ends.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "serve/v2/infer_codec.h"

namespace {

using tandem::Dim;
using tandem::DType;
using tandem::serve::InferBody;
using tandem::serve::InferResponse;
using tandem::serve::ServedModel;

ServedModel make_model(DType dtype, std::vector<Dim> dims, std::int64_t max_batch_size) {
  ServedModel model;
  model.name = "m";
  model.version = "1";
  model.info.inputs.push_back({"x", dtype, {dims, false}, false});
  model.info.inputs.push_back({"i", DType::kInt64, {{Dim::symbol("n")}, false}, true});
  model.info.outputs.push_back({"y", dtype, {std::move(dims), false}, false});
  model.max_batch_size = max_batch_size;
  return model;
}

const ServedModel& choose_model(std::uint8_t choice) {
  static const std::vector<ServedModel> models = [] {
    std::vector<ServedModel> made;
    const Dim n = Dim::symbol("n");
    made.push_back(make_model(DType::kFloat32, {n, Dim::fixed(2)}, 8));
    made.push_back(make_model(DType::kString, {n}, 0));
    made.push_back(make_model(DType::kUint8, {n, n}, 0));
    made.push_back(make_model(DType::kFloat16, {n}, 0));
    made.push_back(make_model(DType::kBool, {n}, 0));
    made.push_back(make_model(DType::kFloat64, {n, Dim::symbol("m")}, 0));
    made.push_back(make_model(DType::kFloat32, {n}, 0));
    made.back().info.inputs.pop_back();  // one input: raw requests are possible
    made.push_back(make_model(DType::kString, {Dim::fixed(1)}, 0));
    made.back().info.inputs.pop_back();
    return made;
  }();
  return models[choice % models.size()];
}

// One region "r" of 64 bytes; the object behind it has no name any more.
const tandem::serve::SharedMemoryRegistry& shared_memory() {
  static tandem::serve::SharedMemoryRegistry registry;
  static const bool made = [] {
    const std::string key = "/tandem_fuzz_" + std::to_string(::getpid());
    const int fd = ::shm_open(key.c_str(), O_CREAT | O_EXCL | O_RDWR, S_IRUSR | S_IWUSR);
    if (fd < 0 || ::ftruncate(fd, 64) != 0) return false;
    ::close(fd);
    const bool added = registry.add({"r", key, 0, 64}).has_value();
    ::shm_unlink(key.c_str());
    return added;
  }();
  if (!made) __builtin_trap();
  return registry;
}

// What was read must be what encode can write; only bytes that are not text have no JSON form.
void encode_again(const tandem::serve::DecodedInfer& decoded, const ServedModel& model) {
  InferResponse response;
  auto copy = decoded.request.inputs[0].clone();
  if (!copy) return;
  response.outputs.push_back(std::move(*copy));
  const auto answer = tandem::serve::encode_infer(decoded, model, std::move(response));
  if (!answer && answer.error().code != tandem::Code::kInvalidArgument) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const ServedModel& model = choose_model(data[0]);
  // An exact-size block, so that the address sanitizer sees the first byte read past the end.
  const auto owner = std::make_shared<std::vector<std::uint8_t>>(data + 2, data + size);
  InferBody body;
  body.bytes = std::as_bytes(std::span(*owner));
  body.owner = owner;
  body.shared_memory = &shared_memory();
  if (data[1] == 1) {  // up to the first newline
    const auto newline = std::find(owner->begin(), owner->end(), std::uint8_t{'\n'});
    if (newline != owner->end()) body.json_length = static_cast<std::size_t>(newline - owner->begin()) + 1;
  } else if (data[1] == 2) {
    body.json_length = 0;
  } else if (data[1] > 2) {
    body.json_length = data[1];
  }
  const auto decoded = tandem::serve::decode_infer(body, model);
  if (decoded) encode_again(*decoded, model);
  return 0;
}
