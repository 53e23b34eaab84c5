// SPDX-License-Identifier: Apache-2.0
// JoinedDims: the dimensions of several models that must be equal because a tensor goes from one to the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "core/shape.h"

namespace tandem {

/// A dimension's name means the same within one model, and nothing in another until they are joined.
class JoinedDims final {
 public:
  using Id = std::size_t;

  /// The dimension `dim` of model `model`. One without size and name is like no other.
  Id of(std::size_t model, const Dim& dim);
  /// From now on both are one. False when their sizes differ.
  bool join(Id one, Id other);
  /// Its size if that is known, else the name that was seen first.
  Dim describe(Id id);

 private:
  struct Group {
    Id parent = 0;
    std::int64_t size = -1;
    std::string name;
  };
  Id root(Id id);

  std::vector<Group> groups_;
  std::map<std::pair<std::size_t, std::string>, Id> named_;
};

}  // namespace tandem
