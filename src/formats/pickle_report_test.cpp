// SPDX-License-Identifier: Apache-2.0
// The security report names the code, says what it would do, and runs nothing.
#include "formats/pickle_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"

namespace tandem {
namespace {

using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Result<std::vector<ForeignGlobal>> report(const std::string& file) {
  return foreign_globals_of(std::as_bytes(std::span(file)));
}

TEST(PickleReport, SaysWhatACommandWouldBe) {
  const auto globals = report("\x80\x02"s + "cos\nsystem\nX\x06\x00\x00\x00rm -rf\x85R."s);
  ASSERT_TRUE(globals) << globals.error().message;
  EXPECT_THAT(*globals, ElementsAre(ForeignGlobal{"os.system", "runs a command of the system", "rm -rf", true}));
  EXPECT_EQ(to_string(globals->front()), "os.system: runs a command of the system ('rm -rf')");
}

TEST(PickleReport, HarmfulCodeStandsFirst) {
  const auto globals = report("\x80\x02"s + "cargparse\nNamespace\n0c__builtin__\neval\n."s);
  ASSERT_TRUE(globals) << globals.error().message;
  EXPECT_THAT(*globals, ElementsAre(Field(&ForeignGlobal::name, "__builtin__.eval"),
                                    Field(&ForeignGlobal::name, "argparse.Namespace")));
}

TEST(PickleReport, SeesWhatPythonTwoWroteAsInstances) {
  const auto globals = report("\x80\x02"s + "(U\x02idisubprocess\nPopen\n."s);
  ASSERT_TRUE(globals) << globals.error().message;
  EXPECT_THAT(*globals, ElementsAre(Field(&ForeignGlobal::argument, "id")));
}

TEST(PickleReport, CodeThatIsNotKnownIsAnImport) {
  const auto globals = report("\x80\x02"s + "cmy.module\nNet\n)R."s);
  ASSERT_TRUE(globals) << globals.error().message;
  EXPECT_THAT(globals->front().effect, HasSubstr("imports the module my.module"));
}

TEST(PickleReport, APlainStateDictNamesNothing) {
  for (const char* name : {"/tests/data/torch/state_dict.pth", "/tests/data/torch/legacy.pth",
                           "/tests/data/torch/quantized.pth", "/tests/data/torch/arrays.pkl"}) {
    const auto globals = report(read_file(std::string(TANDEM_SOURCE_DIR) + name).value());
    ASSERT_TRUE(globals) << name << ": " << globals.error().message;
    EXPECT_THAT(*globals, IsEmpty()) << name;
  }
}

TEST(PickleReport, APickleThatCannotBeReadIsNoCleanOne) { EXPECT_FALSE(report("\x80\x02\x82\x01."s)); }

}  // namespace
}  // namespace tandem
