// SPDX-License-Identifier: Apache-2.0
// Round: what one thread read in one turn of its event loop, so that requests that arrived together run together.
#pragma once

#include <cstddef>
#include <vector>

namespace tandem {

class Batcher;

/// Owned and used by one thread: `(submit* flush)*`. A request for an idle model that is submitted with a round waits
/// for flush() instead of running at once. Must be flushed before the thread sleeps and before it is destroyed.
class Round final {
 public:
  Round() = default;
  Round(const Round&) = delete;
  Round& operator=(const Round&) = delete;
  ~Round() { flush(); }

  /// Runs what was held back, on this thread.
  void flush();

 private:
  friend class Batcher;
  struct Held {
    Batcher* batcher;
    std::size_t instance;  // of the batcher; owned by this thread until it is flushed
  };
  bool holds(const Batcher& batcher) const;

  std::vector<Held> held_;
};

}  // namespace tandem
