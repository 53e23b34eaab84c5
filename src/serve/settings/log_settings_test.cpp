// SPDX-License-Identifier: Apache-2.0
// Tests of the log's settings while the program runs.
#include "serve/settings/log_settings.h"

#include <gtest/gtest.h>

#include "base/log.h"

namespace tandem::serve {
namespace {

class LogSettingsTest : public testing::Test {
 protected:
  LogSettingsTest() { log::configure(log::Level::kWarning, log::Format::kText); }
  ~LogSettingsTest() override { log::configure(log::Level::kWarning, log::Format::kText); }
};

TEST_F(LogSettingsTest, SayWhatIsWritten) {
  const LogSettings settings = read_log_settings();
  EXPECT_FALSE(settings.info);
  EXPECT_TRUE(settings.warning);
  EXPECT_TRUE(settings.error);
  EXPECT_EQ(settings.verbose_level, 0U);
  EXPECT_EQ(settings.file, "");
}

TEST_F(LogSettingsTest, ALevelIsSwitchedAlone) {
  LogChange change;
  change.info = true;
  change.warning = false;
  ASSERT_TRUE(change_log_settings(change));
  EXPECT_TRUE(log::enabled(log::Level::kInfo));
  EXPECT_FALSE(log::enabled(log::Level::kWarning));
  EXPECT_TRUE(log::enabled(log::Level::kError));
}

TEST_F(LogSettingsTest, VerboseMeansDebugLines) {
  LogChange change;
  change.verbose_level = 3;
  ASSERT_TRUE(change_log_settings(change));
  EXPECT_TRUE(log::enabled(log::Level::kDebug));
}

TEST_F(LogSettingsTest, WhatIsRefusedChangesNothing) {
  LogChange change;
  change.info = true;
  change.file = "/etc/passwd";
  EXPECT_EQ(change_log_settings(change).error().code, Code::kInvalidArgument);
  EXPECT_FALSE(log::enabled(log::Level::kInfo));
  change.file = "";
  change.format = "default";
  EXPECT_FALSE(change_log_settings(change));
  EXPECT_FALSE(log::enabled(log::Level::kInfo));
}

}  // namespace
}  // namespace tandem::serve
