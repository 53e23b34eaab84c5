// SPDX-License-Identifier: Apache-2.0
// CompareLoader: which models with which engines are compared, each loaded in a process of its own.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/command.h"
#include "app/models/model_source.h"
#include "app/models/session_flags.h"
#include "bench/compare_report.h"
#include "bench/process/measured_process.h"

namespace tandem::app {

/// Several engines for one model, or several models for one engine.
struct ContenderFlags {
  std::vector<std::string> models;
  std::string store = "models";
  std::vector<std::string> engines;
  SessionFlags session;
};

/// One model with one engine; with `failure` instead of a process when it could not be loaded.
struct LoadedContender {
  std::string name;
  bench::ComparedModel described;
  ModelSource source;
  bench::ContenderSpec spec;
  std::unique_ptr<bench::MeasuredProcess> process;
  std::optional<Error> failure;
};

class CompareLoader final {
 public:
  /// Borrows both.
  CompareLoader(const Context& context, const ContenderFlags& flags) : context_(context), flags_(flags) {}

  /// At least one of them has a process.
  /// Errors: invalid_argument (nothing to compare), not_found (a model, an engine), or that of the first contender when
  /// none can be loaded.
  Result<std::vector<LoadedContender>> load_all() const;
  /// The same model with the same engine in another process.
  Result<std::unique_ptr<bench::MeasuredProcess>> load_again(const LoadedContender& contender) const;

 private:
  Status check_flags() const;
  Result<LoadedContender> load_one(const std::string& model, const std::string& engine) const;

  const Context& context_;
  const ContenderFlags& flags_;
};

}  // namespace tandem::app
