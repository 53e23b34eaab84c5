// SPDX-License-Identifier: Apache-2.0
// Every row of the OpenAPI table has a route, and every route of the modules has a row.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "serve/api/api_routes.h"
#include "serve/api/shadow_route.h"
#include "serve/gate/access_rule.h"
#include "serve/generate/generate_routes.h"
#include "serve/openapi/document.h"
#include "serve/openapi/operations.h"
#include "serve/server/probe_routes.h"
#include "serve/server/readiness.h"
#include "serve/v2/routes.h"
#include "serve/workbench/workbench.h"
#include "support/fake_inference_service.h"

namespace tandem::serve {
namespace {

class DocumentedRoutes : public testing::Test {
 protected:
  DocumentedRoutes() : tracer_(*Tracer::create("")), workbench_(*Workbench::open(engines_, WorkbenchOptions{})) {
    V2Options v2;
    v2.tracer = tracer_.get();
    v2.shared_memory = &shared_memory_;
    add_probe_routes(router_, readiness_);
    add_v2_routes(router_, service_, v2);
    add_api_routes(router_, {service_, pool_, "", [] { return std::string(); }});
    add_shadow_route(router_, [] { return std::vector<ShadowReport>(); });
    add_generate_routes(router_, {service_, pool_});
    workbench_->add_routes(router_, pool_);
    add_openapi_route(router_, "1");
  }

  FakeInferenceService service_;
  ReadinessService readiness_{service_, {}};
  EngineRegistry engines_;
  std::unique_ptr<Tracer> tracer_;
  SharedMemoryRegistry shared_memory_;
  WorkerPool pool_{1, 8};
  std::unique_ptr<Workbench> workbench_;
  Router router_;
};

TEST_F(DocumentedRoutes, EveryRouteHasARow) {
  for (const RouteName& route : router_.routes()) {
    EXPECT_NE(find_operation(route.method, route.pattern), nullptr) << route.method << ' ' << route.pattern;
  }
}

TEST_F(DocumentedRoutes, EveryRowHasARoute) {
  for (const Operation& row : operations()) {
    const auto& routes = router_.routes();
    EXPECT_TRUE(
        std::any_of(routes.begin(), routes.end(),
                    [&row](const RouteName& route) { return route.method == row.method && route.pattern == row.path; }))
        << row.method << ' ' << row.path;
  }
}

TEST_F(DocumentedRoutes, WhoMayCallEveryRowThatWritesHasBeenDecided) {
  const AccessRule undecided{Role::kAdmin, false};
  for (const Operation& row : operations()) {
    if (row.method == "GET" || row.path.starts_with("/api/workbench/")) continue;
    if (row.path.starts_with("/v2/repository/models/")) continue;  // as the workbench: a switch of its own
    EXPECT_NE(access_rule(row.method, row.path), undecided) << row.method << ' ' << row.path;
  }
}

}  // namespace
}  // namespace tandem::serve
