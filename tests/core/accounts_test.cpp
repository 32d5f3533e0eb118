// SPDX-License-Identifier: Apache-2.0
#include "core/pipeline/accounts.hpp"

#include "core/pipeline/options.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

namespace jailrun::core {
namespace {

class Accounts : public testing::Test {
 protected:
  std::string found(const std::string& name) const {
    const Result<uint64_t> number = account_number(name, file_);
    return number ? std::to_string(number.value()) : number.error().sentence;
  }
  tests::TempDirectory directory_;
  std::string file_ = directory_.file("passwd",
                                      "root:x:0:0:root:/root:/bin/sh\nvmm:x:1234:100::/:\nbad:x:12a:1::/:\n"
                                      "short\nbig:x:4294967296:1::/:\n:x:7:7::/:\nlast:x:65534:1::/:");
};

TEST_F(Accounts, AreFoundByTheirWholeName) {
  EXPECT_EQ(found("root"), "0");
  EXPECT_EQ(found("vmm"), "1234");
  EXPECT_EQ(found("last"), "65534");
}

TEST_F(Accounts, ThatAreNotThereAreNamedWithTheFile) {
  for (const char* name : {"vm", "vmmx", "x"}) {
    EXPECT_EQ(found(name).find("'" + std::string(name) + "' is not in " + file_), 0U) << found(name);
    EXPECT_NE(found(name).find("NSS is not asked"), std::string::npos);
  }
}

TEST_F(Accounts, WithoutANumberAreRefused) {
  for (const char* name : {"bad", "short", "big"})
    EXPECT_EQ(found(name), "'" + std::string(name) + "' has no number in " + file_);
}

StageDescription stage_with_user() {
  StageDescription stage;
  stage.id = "drop-privs";
  stage.options = {{"uid", "UID", "the user", "", JR_OPTION_NUMBER, 0, 0, 4294967294},
                   {"gid", "GID", "the group", "", JR_OPTION_NUMBER, 0, 0, 4294967294},
                   {"node", "N", "a number", "", JR_OPTION_NUMBER, 0, 0, 9}};
  return stage;
}

TEST(AccountOptions, ANameBecomesItsNumber) {
  OptionValues values;
  values.give("uid", {{"root", "--uid"}});
  values.give("gid", {{"7", "--gid"}});
  std::vector<Finding> findings;
  values.resolve_accounts(stage_with_user(), findings);
  values.validate(stage_with_user(), findings);
  EXPECT_TRUE(findings.empty());
  EXPECT_EQ(values.of("uid").at(0).text, "0");
  EXPECT_EQ(values.of("gid").at(0).text, "7");
}

TEST(AccountOptions, ANameThatNobodyHasIsRefused) {
  OptionValues values;
  values.give("gid", {{"nobody-has-this-name", "--gid"}});
  std::vector<Finding> findings;
  values.resolve_accounts(stage_with_user(), findings);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings.front().text().find("--gid: 'nobody-has-this-name' is not in /etc/group"), 0U)
      << findings.front().text();
}

TEST(AccountOptions, OtherNumbersHaveNoNames) {
  OptionValues values;
  values.give("node", {{"root", "--node"}});
  std::vector<Finding> findings;
  values.resolve_accounts(stage_with_user(), findings);
  values.validate(stage_with_user(), findings);
  EXPECT_EQ(findings.size(), 1U);
}

}  // namespace
}  // namespace jailrun::core
