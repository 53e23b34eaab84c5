// SPDX-License-Identifier: Apache-2.0
// The table. Paths are compared as the router compares them: literal segments raw, one '/' at the end ignored.
#include "serve/gate/access_rule.h"

#include <array>
#include <string>

namespace tandem::serve {
namespace {

struct Row {
  std::string_view method;  // "*": any
  std::string_view path;    // a segment "*" is any one, "**" at the end any number
  AccessRule rule;
  std::string_view begin =
      path.substr(0, path.find('*'));  // which tells most paths apart without taking them to pieces
};

constexpr AccessRule kOpen{Role::kAnyone, false};
constexpr AccessRule kReads{Role::kRead, false};
constexpr AccessRule kInfers{Role::kInfer, false};
constexpr AccessRule kAdministers{Role::kAdmin, true};
constexpr AccessRule kWorks{Role::kAdmin, false};  // has a switch of its own: --workbench, --model-control

/// The first row that fits counts; the commonest call stands first.
constexpr std::array kTable{
    Row{"POST", "/v2/models/*/infer", kInfers},
    Row{"POST", "/v2/models/*/versions/*/infer", kInfers},
    Row{"POST", "/inference.GRPCInferenceService/ModelInfer", kInfers},
    Row{"POST", "/inference.GRPCInferenceService/ModelStreamInfer", kInfers},
    Row{"POST", "/inference", kInfers},
    Row{"POST", "/api/models/*/predict", kInfers},
    Row{"POST", "/v2/models/*/generate", kInfers},
    Row{"POST", "/v2/models/*/generate_stream", kInfers},
    Row{"POST", "/v2/models/*/versions/*/generate", kInfers},
    Row{"POST", "/v2/models/*/versions/*/generate_stream", kInfers},

    // The page is the same for everybody, and has the field for the key: what it shows it asks for with that.
    Row{"GET", "/", kOpen},
    Row{"HEAD", "/", kOpen},
    Row{"GET", "/assets/**", kOpen},
    Row{"HEAD", "/assets/**", kOpen},

    // Probes carry no key, nor does what a browser asks before it sends one.
    Row{"GET", "/v2/health/**", kOpen},
    Row{"HEAD", "/v2/health/**", kOpen},
    Row{"GET", "/livez", kOpen},
    Row{"GET", "/readyz", kOpen},
    Row{"GET", "/startupz", kOpen},
    Row{"GET", "/health", kOpen},
    Row{"POST", "/grpc.health.v1.Health/**", kOpen},
    Row{"POST", "/inference.GRPCInferenceService/ServerLive", kOpen},
    Row{"POST", "/inference.GRPCInferenceService/ServerReady", kOpen},
    Row{"OPTIONS", "/**", kOpen},

    Row{"POST", "/v2/repository/index", kReads},
    Row{"POST", "/v2/repository/*/index", kReads},
    Row{"POST", "/grpc.reflection.v1.ServerReflection/**", kReads},
    Row{"POST", "/grpc.reflection.v1alpha.ServerReflection/**", kReads},
    Row{"POST", "/inference.GRPCInferenceService/ModelReady", kReads},
    Row{"POST", "/inference.GRPCInferenceService/ServerMetadata", kReads},
    Row{"POST", "/inference.GRPCInferenceService/ModelMetadata", kReads},
    Row{"POST", "/inference.GRPCInferenceService/ModelConfig", kReads},
    Row{"POST", "/inference.GRPCInferenceService/ModelStatistics", kReads},
    Row{"POST", "/inference.GRPCInferenceService/RepositoryIndex", kReads},
    Row{"POST", "/inference.GRPCInferenceService/SystemSharedMemoryStatus", kReads},
    Row{"POST", "/inference.GRPCInferenceService/CudaSharedMemoryStatus", kReads},

    // Who infers brings the memory along; there is none without --shared-memory.
    Row{"POST", "/v2/systemsharedmemory/**", kInfers},
    Row{"POST", "/v2/cudasharedmemory/**", kInfers},
    Row{"POST", "/inference.GRPCInferenceService/SystemSharedMemoryRegister", kInfers},
    Row{"POST", "/inference.GRPCInferenceService/SystemSharedMemoryUnregister", kInfers},
    Row{"POST", "/inference.GRPCInferenceService/CudaSharedMemoryRegister", kInfers},
    Row{"POST", "/inference.GRPCInferenceService/CudaSharedMemoryUnregister", kInfers},

    Row{"POST", "/v2/repository/**", kWorks},
    Row{"POST", "/inference.GRPCInferenceService/RepositoryModelLoad", kWorks},
    Row{"POST", "/inference.GRPCInferenceService/RepositoryModelUnload", kWorks},

    Row{"POST", "/inference.GRPCInferenceService/**", kAdministers},
    Row{"POST", "/v2/logging", kAdministers},
    Row{"POST", "/v2/trace/setting", kAdministers},
    Row{"POST", "/v2/models/*/trace/setting", kAdministers},
    Row{"POST", "/v2/models/*/versions/*/trace/setting", kAdministers},

    Row{"*", "/api/workbench/**", kWorks},
};

/// Takes the first segment, "/name", off `path`.
std::string_view take_segment(std::string_view& path) {
  const std::size_t end = path.find('/', 1);
  const std::string_view segment = path.substr(0, end);
  path.remove_prefix(segment.size());
  return segment;
}

/// "/a/**" takes "/a", too.
bool may_fit(const Row& row, std::string_view path) {
  if (row.begin.size() == row.path.size()) return row.path == path;
  return row.begin.size() <= 1 || path.starts_with(row.begin) || path.size() + 1 == row.begin.size();
}

bool fits(std::string_view pattern, std::string_view path) {
  while (!pattern.empty()) {
    const std::string_view expected = take_segment(pattern);
    if (expected == "/**") return true;
    if (path.empty()) return false;
    const std::string_view segment = take_segment(path);
    if (expected != "/*" && expected != segment) return false;
  }
  return path.empty();
}

}  // namespace

std::string_view role_name(Role role) {
  switch (role) {
    case Role::kAnyone: return "anyone";
    case Role::kRead: return "read";
    case Role::kInfer: return "infer";
    case Role::kAdmin: return "admin";
  }
  return "admin";
}

Result<Role> parse_role(std::string_view name) {
  for (const Role role : {Role::kRead, Role::kInfer, Role::kAdmin}) {
    if (name == role_name(role)) return role;
  }
  return invalid_argument("expected the role read, infer or admin, got '" + std::string(name) + "'");
}

AccessRule access_rule(std::string_view method, std::string_view path) {
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  for (const Row& row : kTable) {
    if (!may_fit(row, path) || (row.method != "*" && row.method != method)) continue;
    if (fits(row.path, path)) return row.rule;
  }
  return method == "GET" || method == "HEAD" ? kReads : AccessRule{Role::kAdmin, false};
}

}  // namespace tandem::serve
