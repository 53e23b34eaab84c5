// SPDX-License-Identifier: Apache-2.0
// The conversation with a worker, and what becomes of it when the worker misbehaves.
#include "engines/python/worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/log.h"
#include "core/buffer.h"

namespace tandem::python {
namespace {

constexpr std::uint64_t kPageBytes = 4096;
constexpr std::uint64_t kSmallestMemory = 64 * 1024;
constexpr std::chrono::milliseconds kTimeToExit{1000};

std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) { return (value + unit - 1) / unit * unit; }

tl::unexpected<Error> violation(std::string what) {
  return fail(Code::kDataLoss, "the Python worker broke the protocol: " + std::move(what));
}

/// NumPy's bools are bytes; anything but 0 and 1 would be no bool in C++.
Status check_bools(const Tensor& tensor, const std::string& name) {
  if (tensor.dtype() != DType::kBool) return {};
  const auto bytes = tensor.bytes();
  const bool clean = std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b <= std::byte{1}; });
  if (clean) return {};
  return internal_error(fmt::format("output '{}' of the Python model contains bools that are neither 0 nor 1", name));
}

/// Copies one result into the caller's memory, or into new memory. `bytes` are those of the result.
Status take_output(const TensorPlace& place, std::span<const std::byte> bytes, const std::string& name,
                   Tensor& output) {
  if (output.empty()) {
    output = TRY(Tensor::allocate(place.dtype, place.shape));
  } else if (output.shape() != place.shape) {
    return invalid_argument(fmt::format("output '{}': the result is {}{}, got memory for {}", name,
                                        dtype_name(place.dtype), to_string(place.shape), to_string(output)));
  }
  if (!bytes.empty()) std::memcpy(output.mutable_data(), bytes.data(), bytes.size());
  return check_bools(output, name);
}

}  // namespace

Result<ReadyMessage> Worker::start() {
  auto process = WorkerProcess::start(options_.command);
  if (!process) return fail(process.error());
  process_ = std::move(*process);
  inputs_shared_ = false;
  auto ready = load(system_clock().now() + options_.load_timeout);
  if (!ready) return fail(lose(ready.error(), options_.load_timeout));
  if (ready_ && *ready_ != *ready) {
    const Error changed{Code::kFailedPrecondition, "the Python model's inputs or outputs changed; load it anew"};
    return fail(lose(changed, options_.load_timeout));
  }
  ready_ = *ready;
  log::info("a Python worker is ready", {{"model", options_.load.code}, {"runtime", ready->runtime}});
  return ready;
}

Result<ReadyMessage> Worker::load(SteadyTime deadline) {
  TRY(process_->send(encode_load(options_.load), -1, deadline));
  const Message message = TRY(process_->receive(deadline));
  if (message.kind == Kind::kFailed) return fail(TRY(parse_failed(message.body)));
  if (message.kind != Kind::kReady)
    return violation(fmt::format("message {} after load", static_cast<int>(message.kind)));
  ReadyMessage ready = TRY(parse_ready(message.body));
  if (outputs_.size() > 0) TRY(share(Area::kOutputs, outputs_, deadline));
  return ready;
}

Status Worker::ensure_started() {
  if (process_ && process_->is_idle()) return {};
  if (process_) static_cast<void>(lose({Code::kUnavailable, "it ended between two calls"}, options_.run_timeout));
  if (const auto wait = policy_.wait(clock_.now()); wait.count() > 0) {
    return fail(Code::kUnavailable, fmt::format("the Python worker died repeatedly and may be started again in {} ms; "
                                                "the last time: {}",
                                                wait.count(), last_loss_));
  }
  TRY(start());
  return {};
}

/// The worker is given up: what happened, for the person who must act.
Error Worker::lose(const Error& reason, std::chrono::milliseconds timeout) {
  const bool died = reason.code == Code::kUnavailable;
  const std::string end = process_->end(died ? kTimeToExit : std::chrono::milliseconds(0));
  process_.reset();
  policy_.died(clock_.now());
  Error error = reason;
  if (died) error.message = fmt::format("the Python worker died ({})", end);
  if (reason.code == Code::kDeadlineExceeded) {
    error.message = fmt::format("the Python worker did not answer within {} ms and was killed", timeout.count());
  }
  last_loss_ = error.message;
  // Of a first start that fails the caller is told, and nobody else needs to know.
  if (ready_) log::warning("a Python worker was lost", {{"model", options_.load.code}, {"reason", error.message}});
  return error;
}

Status Worker::reserve(SharedMemory& memory, std::uint64_t bytes) const {
  if (memory.size() >= bytes && memory.size() > 0) return {};
  if (bytes > options_.memory_limit_bytes) {
    return fail(Code::kResourceExhausted,
                fmt::format("{} bytes of tensors are more than the {} that a Python worker may use", bytes,
                            options_.memory_limit_bytes));
  }
  const std::uint64_t wanted = std::max({bytes, kSmallestMemory, std::uint64_t{2} * memory.size()});
  const std::uint64_t size = std::max(bytes, std::min<std::uint64_t>(wanted, options_.memory_limit_bytes));
  memory = TRY(SharedMemory::create(round_up(size, kPageBytes)));
  return {};
}

Status Worker::share(Area area, const SharedMemory& memory, SteadyTime deadline) {
  return process_->send(encode_memory(area, memory.size()), memory.fd(), deadline);
}

Status Worker::make_room(std::uint64_t bytes) {
  const std::size_t before = inputs_.size();
  TRY(reserve(inputs_, bytes));
  if (inputs_.size() != before) inputs_shared_ = false;
  return {};
}

Result<std::vector<TensorPlace>> Worker::place_inputs(std::span<const Tensor> inputs) {
  std::vector<TensorPlace> places;
  std::uint64_t end = 0;
  for (const Tensor& input : inputs) {
    places.push_back({input.dtype(), input.shape(), end});
    end = round_up(end + input.byte_size(), kTensorAlignment);
  }
  TRY(make_room(end));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].byte_size() == 0) continue;
    std::memcpy(inputs_.bytes().data() + places[i].offset, inputs[i].data(), inputs[i].byte_size());
  }
  return places;
}

Result<Worker::Answer> Worker::exchange(const std::string& request, Kind expected) {
  const SteadyTime deadline = system_clock().now() + options_.run_timeout;
  if (!inputs_shared_) TRY(share(Area::kInputs, inputs_, deadline));
  inputs_shared_ = true;
  TRY(process_->send(request, -1, deadline));
  for (bool grown = false;; grown = true) {
    const Message message = TRY(process_->receive(deadline));
    if (message.kind == Kind::kFailed) {
      Answer failed;
      failed.failure = TRY(parse_failed(message.body));
      return failed;
    }
    if (message.kind == expected) {
      Answer answer;
      if (expected == Kind::kValue) {
        answer.value = TRY(parse_value(message.body));
      } else {
        answer.value.places = TRY(parse_result(message.body));
      }
      TRY(check_places(answer.value.places));
      return answer;
    }
    if (message.kind != Kind::kNeedMemory || grown) {
      return violation(fmt::format("message {} after run", static_cast<int>(message.kind)));
    }
    const std::uint64_t bytes = TRY(parse_need_memory(message.body));
    // Without the memory the worker waits for its next request, and drops these results then.
    if (const Status reserved = reserve(outputs_, bytes); !reserved) return Answer{{}, reserved.error()};
    TRY(share(Area::kOutputs, outputs_, deadline));
  }
}

/// The answer to one request, of which the worker is lost if it is none.
Result<Value> Worker::ask(const std::string& request, Kind expected) {
  Result<Answer> answer = exchange(request, expected);
  if (!answer) return fail(lose(answer.error(), options_.run_timeout));
  policy_.succeeded();
  if (answer->failure) return fail(*answer->failure);
  return std::move(answer->value);
}

/// Whether every result lies inside the memory.
Status Worker::check_places(std::span<const TensorPlace> places) const {
  for (const TensorPlace& place : places) {
    const auto count = place.shape.element_count();
    const auto bytes = count ? byte_size(place.dtype, static_cast<std::size_t>(*count)) : std::nullopt;
    if (!bytes || *bytes > outputs_.size() || place.offset > outputs_.size() - *bytes) {
      return violation(fmt::format("a result, {}{} at {}, lies outside of the {} bytes of memory",
                                   dtype_name(place.dtype), to_string(place.shape), place.offset, outputs_.size()));
    }
  }
  return {};
}

Result<Value> Worker::ask_with(std::span<const Tensor> inputs, Kind expected) {
  TRY(ensure_started());
  const std::vector<TensorPlace> places = TRY(place_inputs(inputs));
  return ask(encode_run(places), expected);
}

Result<Value> Worker::ask_with(const Parcel& parcel, Kind expected) {
  TRY(ensure_started());
  TRY(make_room(parcel.bytes.size()));
  if (!parcel.bytes.empty()) std::memcpy(inputs_.bytes().data(), parcel.bytes.data(), parcel.bytes.size());
  return ask(encode_continue(parcel.value), expected);
}

/// Copies the memory once, up to the last array's end: places may overlap, and would else be copied many times.
void Worker::put_into(Parcel& parcel, Value value) const {
  std::uint64_t end = 0;
  for (const TensorPlace& place : value.places) {
    end = std::max(end, place.offset + *byte_size(place.dtype, static_cast<std::size_t>(*place.shape.element_count())));
  }
  const auto bytes = outputs_.bytes().first(end);
  parcel.bytes.assign(bytes.begin(), bytes.end());
  parcel.value = std::move(value);
}

Status Worker::give_outputs(const Value& value, const ModelInfo& info, std::span<Tensor> outputs) {
  if (value.places.size() != info.outputs.size()) {
    const auto wrong = violation(fmt::format("{} results for {} outputs", value.places.size(), info.outputs.size()));
    return fail(lose(wrong.value(), options_.run_timeout));
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const TensorPlace& place = value.places[i];
    const TensorSpec& spec = info.outputs[i];
    if (place.dtype != spec.dtype || !spec.shape.accepts(place.shape)) {
      return internal_error(fmt::format("output '{}' of the Python model: its info() says {}{}, infer() gave {}{}",
                                        spec.name, dtype_name(spec.dtype), to_string(spec.shape),
                                        dtype_name(place.dtype), to_string(place.shape)));
    }
    const std::size_t bytes = *byte_size(place.dtype, static_cast<std::size_t>(*place.shape.element_count()));
    TRY(take_output(place, outputs_.bytes().subspan(place.offset, bytes), spec.name, outputs[i]));
  }
  return {};
}

Status Worker::run(const ModelInfo& info, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  return give_outputs(TRY(ask_with(inputs, Kind::kResult)), info, outputs);
}

Status Worker::begin(std::span<const Tensor> inputs, Parcel& parcel) {
  put_into(parcel, TRY(ask_with(inputs, Kind::kValue)));
  return {};
}

Status Worker::pass_on(Parcel& parcel) {
  put_into(parcel, TRY(ask_with(parcel, Kind::kValue)));
  return {};
}

Status Worker::finish(const Parcel& parcel, const ModelInfo& info, std::span<Tensor> outputs) {
  return give_outputs(TRY(ask_with(parcel, Kind::kResult)), info, outputs);
}

}  // namespace tandem::python
