// SPDX-License-Identifier: Apache-2.0
// Facts about access rules.
#include "serve/gate/access_rule.h"

#include <gtest/gtest.h>

#include <string>

namespace tandem::serve {
namespace {

TEST(AccessRule, InferringIsForTheRoleInfer) {
  for (const char* path :
       {"/v2/models/m/infer", "/v2/models/m/versions/3/infer", "/v2/models/m/generate_stream", "/inference",
        "/api/models/m/predict", "/inference.GRPCInferenceService/ModelInfer", "/v2/models/m/infer/"}) {
    EXPECT_EQ(access_rule("POST", path), (AccessRule{Role::kInfer, false})) << path;
  }
}

TEST(AccessRule, ProbesNeedNoKey) {
  for (const char* path : {"/v2/health/live", "/v2/health/ready", "/livez", "/readyz", "/startupz", "/health"}) {
    EXPECT_EQ(access_rule("GET", path).role, Role::kAnyone) << path;
  }
  EXPECT_EQ(access_rule("POST", "/grpc.health.v1.Health/Check").role, Role::kAnyone);
  EXPECT_EQ(access_rule("POST", "/grpc.health.v1.Health/Watch").role, Role::kAnyone);
}

TEST(AccessRule, ThePageItselfNeedsNoKey) {
  for (const char* path : {"/", "/assets/tandem.js", "/assets/style.css"}) {
    EXPECT_EQ(access_rule("GET", path).role, Role::kAnyone) << path;
    EXPECT_EQ(access_rule("POST", path).role, Role::kAdmin) << path;
  }
}

TEST(AccessRule, WhatOnlyReadsIsForTheRoleRead) {
  for (const char* path : {"/v2", "/v2/models/m", "/api/models", "/metrics", "/v2/models/stats", "/v2/logging"}) {
    EXPECT_EQ(access_rule("GET", path), (AccessRule{Role::kRead, false})) << path;
  }
  for (const char* path : {"/v2/repository/index", "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
                           "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"}) {
    EXPECT_EQ(access_rule("POST", path), (AccessRule{Role::kRead, false})) << path;
  }
}

TEST(AccessRule, WhatChangesTheServerNeedsTheFlag) {
  for (const char* path : {"/v2/logging", "/v2/trace/setting", "/v2/models/m/trace/setting",
                           "/inference.GRPCInferenceService/LogSettings", "/inference.GRPCInferenceService/Newcomer"}) {
    EXPECT_EQ(access_rule("POST", path), (AccessRule{Role::kAdmin, true})) << path;
  }
}

TEST(AccessRule, LoadingHasASwitchOfItsOwn) {
  for (const char* path : {"/v2/repository/models/m/load", "/v2/repository/r/models/m/unload",
                           "/inference.GRPCInferenceService/RepositoryModelLoad"}) {
    EXPECT_EQ(access_rule("POST", path), (AccessRule{Role::kAdmin, false})) << path;
  }
}

TEST(AccessRule, WhoInfersMayBringTheMemoryAlong) {
  for (const char* path :
       {"/v2/systemsharedmemory/region/r/register", "/v2/systemsharedmemory/unregister",
        "/v2/cudasharedmemory/region/r/unregister", "/inference.GRPCInferenceService/SystemSharedMemoryRegister",
        "/inference.GRPCInferenceService/CudaSharedMemoryUnregister"}) {
    EXPECT_EQ(access_rule("POST", path), (AccessRule{Role::kInfer, false})) << path;
  }
}

TEST(AccessRule, WhatIsNotInTheTableAndWritesIsForAdministrators) {
  EXPECT_EQ(access_rule("POST", "/something/new").role, Role::kAdmin);
  EXPECT_EQ(access_rule("DELETE", "/v2/models/m").role, Role::kAdmin);
  EXPECT_EQ(access_rule("POST", "/v2/models/m/infer/more").role, Role::kAdmin);
  EXPECT_EQ(access_rule("POST", "/v2/models//infer/x").role, Role::kAdmin);
  EXPECT_EQ(access_rule("DELETE", "/api/workbench/files/f1").role, Role::kAdmin);
}

TEST(AccessRule, AnyPathHasARule) {
  for (const char* path : {"", "/", "//", "x", "*", "/**", "/v2/health"}) {
    EXPECT_EQ(access_rule("PUT", path).role, Role::kAdmin) << path;
  }
}

TEST(AccessRule, RolesAreReadByName) {
  EXPECT_EQ(parse_role("infer").value(), Role::kInfer);
  EXPECT_FALSE(parse_role("anyone"));
  EXPECT_FALSE(parse_role("Admin"));
}

}  // namespace
}  // namespace tandem::serve
