// SPDX-License-Identifier: Apache-2.0
// The messages between Tandem and a Python worker as bytes and back; docs/formats/python-worker.md is the
// specification.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "core/dtype.h"
#include "core/model_info.h"
#include "core/shape.h"

namespace tandem::python {

enum class Kind : std::uint16_t {
  // to the worker
  kLoad = 1,
  kMemory = 2,
  kRun = 3,
  kContinue = 4,
  // from the worker
  kReady = 16,
  kResult = 17,
  kNeedMemory = 18,
  kFailed = 19,
  kValue = 20,
};

/// What stands before every message: the length of its body, its kind, and two zero bytes.
inline constexpr std::size_t kHeaderBytes = 8;
inline constexpr std::size_t kMaxBodyBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxTensors = 256;
inline constexpr std::size_t kMaxRank = 32;
inline constexpr std::size_t kMaxStages = 8;
inline constexpr std::uint32_t kMaxStageWorkers = 256;
inline constexpr std::size_t kMaxTextBytes = std::size_t{64} << 10;

struct Header {
  std::size_t body_bytes = 0;
  Kind kind = Kind::kFailed;
};
/// bytes  kHeaderBytes of them. Errors: data_loss (a length above kMaxBodyBytes, reserved bytes that are not zero)
Result<Header> parse_header(std::span<const std::byte> bytes);

/// Whether tensors of this type can be handed to NumPy: all but strings, bfloat16, and types of 8 bits of floating
/// point and of 4 bits.
bool is_numpy_dtype(DType dtype);

struct LoadMessage {
  std::string code;        // the .py file
  std::string checkpoint;  // "": none
  std::string device;      // "auto", "cpu", "cuda"
  std::uint32_t device_id = 0;
  std::uint32_t threads = 1;
  bool allow_pickle = false;
  std::uint8_t stage = 0;  // which one this worker runs, of a model whose stages have workers of their own
};

/// Which of the two blocks of shared memory a descriptor is for.
enum class Area : std::uint8_t { kInputs = 0, kOutputs = 1 };

/// A tensor in one of the blocks. An undefined dtype stands for an optional input that is not given.
struct TensorPlace {
  DType dtype = DType::kUndefined;
  Shape shape;
  std::uint64_t offset = 0;

  friend bool operator==(const TensorPlace&, const TensorPlace&) = default;
};

/// A step of the model that has worker processes of its own.
struct Stage {
  std::string name;  // "preprocess"
  std::uint32_t workers = 1;

  friend bool operator==(const Stage&, const Stage&) = default;
};

struct ReadyMessage {
  std::string runtime;  // "Python 3.11.2, NumPy 1.24.2, torch 1.13.0"
  std::string device;   // "cpu", "cuda:0"
  std::string name;     // of the user's class
  std::string description;
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> outputs;
  std::vector<Stage> stages;  // none: every worker does all

  friend bool operator==(const ReadyMessage&, const ReadyMessage&) = default;
};

/// What goes from one stage to the next: arrays in the shared memory, and how they make up the Python value, which
/// nobody here reads.
struct Value {
  std::vector<TensorPlace> places;
  std::string structure;

  friend bool operator==(const Value&, const Value&) = default;
};

/// Whole messages, with their headers.
std::string encode_load(const LoadMessage& message);
std::string encode_memory(Area area, std::uint64_t bytes);
std::string encode_run(std::span<const TensorPlace> inputs);
std::string encode_continue(const Value& value);

/// Bodies from a worker, which may contain anything. The error is data_loss, and says what is wrong where.
Result<ReadyMessage> parse_ready(std::span<const std::byte> body);
Result<std::vector<TensorPlace>> parse_result(std::span<const std::byte> body);
Result<Value> parse_value(std::span<const std::byte> body);
Result<std::uint64_t> parse_need_memory(std::span<const std::byte> body);
/// The user's code failed: its error, with the code that the worker chose.
Result<Error> parse_failed(std::span<const std::byte> body);

}  // namespace tandem::python
