// SPDX-License-Identifier: Apache-2.0
// Any config gets a plan and loses it again: no crash, and what is written is read as it was meant.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "pipeline/model_config.h"
#include "plan/plan_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view config(reinterpret_cast<const char*>(data), size);
  tandem::PlanConfig plan;
  plan.engine = "onnxruntime";
  plan.batch = 8;
  const auto with = tandem::replace_plan(config, plan);
  if (!with) return 0;
  const auto read = tandem::parse_model_config(*with);
  if (!read || !read->plan || read->plan->batch != 8) std::abort();
  const auto again = tandem::replace_plan(*with, plan);
  if (!again || *again != *with) std::abort();
  const auto without = tandem::replace_plan(*with, std::nullopt);
  if (!without || tandem::parse_model_config(*without)->plan) std::abort();
  return 0;
}
