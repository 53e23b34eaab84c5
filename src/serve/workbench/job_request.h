// SPDX-License-Identifier: Apache-2.0
// The body of POST /api/workbench/jobs: what is to be done, with which models and files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"

namespace tandem::serve {

/// A model and what runs it.
struct ModelChoice {
  std::string model;   // a name in the store, or "file:ID" for a file of the workbench
  std::string engine;  // "onnxruntime"
};

struct ConvertJob {
  std::string file;  // the id of a checkpoint
  std::optional<std::int64_t> heads;
  std::optional<std::int64_t> image_size;
  std::vector<std::string> labels;  // of the classes, in their order; empty: they have none
  std::string reference;            // the id of a .npz with outputs of the training framework; "": none
};

struct RunJob {
  ModelChoice choice;
  std::string image;  // the id of an image
};

struct CompareJob {
  std::vector<ModelChoice> contenders;  // the first one is the reference
  std::string image;                    // the id of an image; "": random numbers
  double seconds = 5;
};

using JobRequest = std::variant<ConvertJob, RunJob, CompareJob>;

inline constexpr std::size_t kMostContenders = 4;
inline constexpr double kMostSeconds = 120;

/// Strict: members that the kind of job has not are refused. Errors: invalid_argument with the member, what was
/// expected and what came.
Result<JobRequest> parse_job_request(std::span<const std::byte> body);

}  // namespace tandem::serve
