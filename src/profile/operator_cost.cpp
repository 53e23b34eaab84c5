// SPDX-License-Identifier: Apache-2.0
// Looks the operator up and adds up its tensors.
#include "profile/operator_cost.h"

#include <string>

#include "profile/operator_rules.h"

namespace tandem::profile {
namespace {

std::optional<double> sum_bytes(const std::vector<ProfiledValue>& values, std::size_t first) {
  double sum = 0;
  for (std::size_t i = first; i < values.size(); ++i) {
    const auto bytes = bytes_of(values[i]);
    if (!bytes) return std::nullopt;
    sum += *bytes;
  }
  return sum;
}

std::optional<double> count_bytes(const ProfiledNode& node, Traffic traffic) {
  if (traffic == Traffic::kNone) return 0;
  if (traffic == Traffic::kView) return std::nullopt;
  const bool gathers = traffic == Traffic::kGathered;
  const auto in = sum_bytes(node.inputs, gathers ? 1 : 0);
  const auto out = sum_bytes(node.outputs, 0);
  if (!in || !out) return std::nullopt;
  return *in + *out * (gathers ? 2 : 1);  // what is gathered is as large as what comes out
}

}  // namespace

std::optional<double> bytes_of(const ProfiledValue& value) {
  const int bits = bit_width(value.dtype);
  if (bits == 0 || !value.shape) return std::nullopt;
  double elements = 1;
  for (const std::int64_t size : value.shape->dims()) elements *= static_cast<double>(size);
  return elements * bits / 8;
}

OperatorCost cost_of(const ProfiledNode& node) {
  const OperatorRule* rule = find_operator_rule(node);
  if (rule == nullptr) return {std::nullopt, count_bytes(node, Traffic::kAll), ""};
  return {rule->flops(node, rule->factor), count_bytes(node, rule->traffic), rule->formula};
}

std::string operator_label(const ProfiledNode& node) {
  if (node.domain.empty()) return node.op;
  const std::size_t dot = node.domain.rfind('.');
  return node.domain.substr(dot == std::string::npos ? 0 : dot + 1) + "." + node.op;
}

}  // namespace tandem::profile
