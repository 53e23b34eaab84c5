// SPDX-License-Identifier: Apache-2.0
// Any four proper fields make a name that comes apart into the same four.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "store/store.h"

namespace tandem {
namespace {

/// Letters and digits in groups joined by '-'.
rc::Gen<std::string> any_field() {
  const auto letter = rc::gen::oneOf(rc::gen::inRange('a', static_cast<char>('z' + 1)),
                                     rc::gen::inRange('0', static_cast<char>('9' + 1)));
  const auto group = rc::gen::resize(8, rc::gen::nonEmpty(rc::gen::container<std::string>(letter)));
  return rc::gen::map(rc::gen::resize(3, rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(group))),
                      [](const std::vector<std::string>& groups) {
                        std::string field = groups.front();
                        for (std::size_t i = 1; i < groups.size(); ++i) field += "-" + groups[i];
                        return field;
                      });
}

TEST(ModelNameProperty, ComesApartIntoTheFieldsItWasMadeOf) {
  EXPECT_TRUE(rc::check([] {
    ModelName name;
    name.task = *rc::gen::oneOf(any_field(), rc::gen::just<std::string>("face_recognition"));
    name.architecture = *rc::gen::oneOf(any_field(), rc::gen::just<std::string>("faster_rcnn"));
    name.dataset = *any_field();
    name.date =
        fmt::format("{:04}{:02}{:02}", *rc::gen::inRange(1, 9999), *rc::gen::inRange(1, 13), *rc::gen::inRange(1, 29));
    const auto parsed = ModelName::parse(name.text());
    RC_ASSERT(parsed.has_value());
    RC_ASSERT(*parsed == name);
  }));
}

TEST(ModelNameProperty, OfAnyTextLeadsNowhereElse) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    const auto parsed = ModelName::parse(text);
    if (!parsed) return;
    RC_ASSERT(text.find_first_of("/\\.@") == std::string::npos);
    RC_ASSERT(parsed->text() == text);
  }));
}

}  // namespace
}  // namespace tandem
