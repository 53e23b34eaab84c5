// SPDX-License-Identifier: Apache-2.0
// Reaper: the thread on which models end; nobody who answers requests pays for it, and memory goes back to the system.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "serve/models/loaded_model.h"

namespace tandem::serve {

/// Thread-safe. A model that was adopted ends after its last reference went, wherever that was: on a thread of its own
/// batcher even, which could not end itself.
class Reaper final {
 public:
  using Gone = std::function<void()>;

  Reaper();
  /// Ends what is due, then the thread. Models whose references go later end where that happens.
  ~Reaper();
  Reaper(const Reaper&) = delete;
  Reaper& operator=(const Reaper&) = delete;

  /// gone  called on the reaper's thread when the model has ended and its memory was given back
  std::shared_ptr<const LoadedModel> adopt(std::unique_ptr<LoadedModel> model, Gone gone);

 private:
  struct Ended {
    std::unique_ptr<const LoadedModel> model;
    Gone gone;
  };
  /// Outlives the reaper as long as a model refers to it.
  struct Queue {
    std::mutex mutex;
    std::condition_variable wake;
    std::deque<Ended> ended;  // guarded by mutex; as many as there are models
    bool stopping = false;    // guarded by mutex

    void push(Ended item);
  };

  void work();

  std::shared_ptr<Queue> queue_;
  std::thread thread_;
};

}  // namespace tandem::serve
