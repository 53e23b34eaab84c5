// SPDX-License-Identifier: Apache-2.0
// Tests of the speaker with a stand-in for espeak-ng: a script that writes down what it is asked to say.
#include "live/speaker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "support/temp_dir.h"

namespace tandem::live {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::chrono::seconds kLongSpeech{60};

/// A program that appends its last argument to spoken.txt, once the file `go` is there.
class StandIn final {
 public:
  explicit StandIn(const std::string& ending = "exit 0") {
    const std::string script = "#!/bin/sh\nwhile [ ! -e '" + go().string() + "' ]; do sleep 0.01; done\n" +
                               "for last; do :; done\nprintf '%s|' \"$last\" >> '" + heard_file().string() + "'\n" +
                               ending + "\n";
    EXPECT_TRUE(write_file_atomic(program(), script));
    fs::permissions(program(), fs::perms::owner_all);
  }

  fs::path program() const { return dir_.path() / "speak"; }
  void let_speak() const { EXPECT_TRUE(write_file_atomic(go(), "")); }
  std::string heard() const { return read_file(heard_file()).value_or(""); }

 private:
  fs::path go() const { return dir_.path() / "go"; }
  fs::path heard_file() const { return dir_.path() / "spoken.txt"; }
  TempDir dir_;
};

TEST(Speaker, SaysOneSentenceAtATimeAndDropsOlderOnesThatWait) {
  const StandIn stand_in;
  Speaker speaker({stand_in.program(), "", {}});
  for (const char* sentence : {"first", "second", "third"}) speaker.say(sentence);
  stand_in.let_speak();
  speaker.finish(kLongSpeech);
  EXPECT_EQ(stand_in.heard(), "first|third|");
  EXPECT_EQ(speaker.said(), 2);
  EXPECT_FALSE(speaker.busy());
}

TEST(Speaker, ASentenceIsNoOptionAndNoShellCommand) {
  const StandIn stand_in;
  stand_in.let_speak();
  Speaker speaker({stand_in.program(), "", {}});
  speaker.say("-f /etc/passwd; $(id)");
  speaker.finish(kLongSpeech);
  EXPECT_EQ(stand_in.heard(), "-f /etc/passwd; $(id)|");
}

TEST(Speaker, SaysOnceThatTheProgramIsMissing) {
  Speaker speaker({"no-such-program-anywhere", "", {}});
  speaker.say("one");
  speaker.say("two");
  EXPECT_THAT(speaker.poll().value_or(""), HasSubstr("apt-get install espeak-ng"));
  EXPECT_FALSE(speaker.poll());
  EXPECT_FALSE(speaker.busy());
}

TEST(Speaker, SaysOnceThatTheProgramFailsAndGoesOn) {
  const StandIn stand_in("echo no sound card >&2; exit 3");
  stand_in.let_speak();
  Speaker speaker({stand_in.program(), "", {}});
  speaker.say("one");
  speaker.finish(kLongSpeech);
  EXPECT_THAT(speaker.poll().value_or(""), HasSubstr("exit code 3): no sound card"));
  speaker.say("two");
  speaker.finish(kLongSpeech);
  EXPECT_FALSE(speaker.poll());
  EXPECT_EQ(stand_in.heard(), "one|two|");
}

TEST(Speaker, TheArgumentsEndWithTheSentence) {
  EXPECT_THAT(speech_arguments({}, "hello", 1), ElementsAre("--", "hello"));
  EXPECT_THAT(speech_arguments({"espeak-ng", "ko", "out"}, "hello", 7),
              ElementsAre("-v", "ko", "-w", "out/000007.wav", "--", "hello"));
}

TEST(Speaker, ControlCharactersAreSpaces) {
  EXPECT_EQ(speech_arguments({}, std::string("a\0b\nc", 5), 1).back(), "a b c");
}

TEST(Speaker, ALongSentenceIsCutBetweenCharacters) {
  std::string sentence;
  for (int i = 0; i < 600; ++i) sentence += "é";  // two bytes each
  const std::string even = speech_arguments({}, sentence, 1).back();
  EXPECT_EQ(even.size(), Speaker::kMaxBytes);
  const std::string odd = speech_arguments({}, "a" + sentence, 1).back();
  EXPECT_EQ(odd.size(), Speaker::kMaxBytes - 1);
  EXPECT_EQ(odd, ("a" + sentence).substr(0, Speaker::kMaxBytes - 1));
}

}  // namespace
}  // namespace tandem::live
