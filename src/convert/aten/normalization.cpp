// SPDX-License-Identifier: Apache-2.0
// Normalization by statistics, stored or of the input itself.
#include <algorithm>

#include "convert/aten/operators.h"

namespace tandem::convert::aten {
namespace {

tl::unexpected<Error> refuse_batch_statistics(const Operation& operation) {
  return fail(Code::kFailedPrecondition,
              describe(operation.call()) +
                  ": it normalizes by the batch's own statistics; call model.eval() before the export");
}

/// A weight or bias that the call leaves out.
Result<std::string> affine(Operation& operation, std::string_view argument, const Value& like, double otherwise) {
  if (const auto given = TRY(operation.optional_tensor(argument))) return given->name;
  const std::int64_t channels = like.size(0);
  Tensor filled = TRY(Tensor::allocate(DType::kFloat32, Shape{channels}));
  std::ranges::fill(filled.mutable_values<float>(), static_cast<float>(otherwise));
  const std::string constant = operation.constant(argument, std::move(filled));
  return operation.cast({constant, {DType::kFloat32, {}, true}}, like.dtype()).name;
}

Status lower_batch_norm(Operation& operation) {
  const bool is_trained = operation.call().name == "_native_batch_norm_legit_no_training";
  if (!is_trained && TRY(operation.flag("training"))) return refuse_batch_statistics(operation);
  const Value input = TRY(operation.tensor("input"));
  const Value mean = TRY(operation.tensor("running_mean"));
  const Value variance = TRY(operation.tensor("running_var"));
  if (mean.rank() != 1) return operation.wrong("the mean must have 1 dimension");
  const std::string weight = TRY(affine(operation, "weight", mean, 1));
  const std::string bias = TRY(affine(operation, "bias", mean, 0));
  const auto epsilon = static_cast<float>(TRY(operation.real("eps")));
  return operation.output(operation.add("BatchNormalization", {input.name, weight, bias, mean.name, variance.name},
                                        attributes("epsilon", epsilon)));
}

constexpr Operator kNormalizationOperators[] = {
    {"_native_batch_norm_legit_no_training", lower_batch_norm},
    {"batch_norm", lower_batch_norm},
};

}  // namespace

std::span<const Operator> normalization_operators() { return kNormalizationOperators; }

}  // namespace tandem::convert::aten
