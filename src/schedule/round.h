// SPDX-License-Identifier: Apache-2.0
// Round: what one thread read in one turn of its event loop, so that requests that arrived together run together.
#pragma once

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
  std::vector<Batcher*> held_;  // each owned by this thread until it is flushed
};

}  // namespace tandem
