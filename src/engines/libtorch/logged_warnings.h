// SPDX-License-Identifier: Apache-2.0
// LoggedWarnings: what LibTorch warns of goes into our log instead of to standard error.
#pragma once

#include <c10/util/Exception.h>

#include "engine/engine_library.h"

namespace tandem::libtorch {

/// Holds for the calling thread while it lives; LibTorch's own threads warn as they always do.
class LoggedWarnings final {
 public:
  explicit LoggedWarnings(EngineLibraryLog write_log) : handler_(write_log), guard_(&handler_) {}
  LoggedWarnings(const LoggedWarnings&) = delete;
  LoggedWarnings& operator=(const LoggedWarnings&) = delete;

 private:
  class Handler final : public c10::WarningHandler {
   public:
    explicit Handler(EngineLibraryLog write_log) : write_log_(write_log) {}
    void process(const c10::Warning& warning) override { write_log_(log::Level::kWarning, warning.msg()); }

   private:
    const EngineLibraryLog write_log_;
  };

  Handler handler_;
  c10::WarningUtils::WarningHandlerGuard guard_;
};

}  // namespace tandem::libtorch
