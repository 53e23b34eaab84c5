// SPDX-License-Identifier: Apache-2.0
// ModelParts: what a Session is besides when it runs several models, for whoever looks after those.
#pragma once

#include <string>
#include <vector>

namespace tandem {

/// An interface of its own: a session that runs one model has nothing to say here.
class ModelParts {
 public:
  virtual ~ModelParts() = default;

  /// The names of the models that it is made of, as they stand beside its file.
  virtual std::vector<std::string> parts() const = 0;
};

}  // namespace tandem
