// SPDX-License-Identifier: Apache-2.0
// What leaves a tensor's elements as they are once a network is trained: no node comes of it.
#include "convert/aten/operators.h"

namespace tandem::convert::aten {
namespace {

Status lower_self(Operation& operation) { return operation.output(TRY(operation.tensor("self"))); }

/// Its plain form calls it "input", dropout_ calls it "self".
Result<Value> dropout_input(Operation& operation) { return operation.tensor(operation.in_place() ? "self" : "input"); }

Status refuse_training(const Operation& operation) {
  return fail(Code::kFailedPrecondition,
              describe(operation.call()) + ": dropout in training mode; call model.eval() before the export");
}

Status lower_dropout(Operation& operation) {
  // With a probability of 0 training changes nothing; code often leaves `training` at its default and asks for that.
  if (TRY(operation.flag("train")) && TRY(operation.real("p")) != 0) return refuse_training(operation);
  return operation.output(TRY(dropout_input(operation)));
}

/// Core ATen's form, with the mask as a second output; without `train` it is in training mode.
Status lower_native_dropout(Operation& operation) {
  if (!operation.given("train") || TRY(operation.flag("train"))) return refuse_training(operation);
  return operation.output(TRY(operation.tensor("input")));
}

Status lower_to(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const auto dtype = TRY(operation.dtype("dtype"));
  return operation.output(operation.cast(self, dtype.value_or(self.dtype())));
}

Status lower_to_other(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  return operation.output(operation.cast(self, TRY(operation.tensor("other")).dtype()));
}

constexpr Operator kIdentityOperators[] = {
    {"_to_copy", lower_to},
    {"alias", lower_self},
    {"alias_copy", lower_self},
    {"alpha_dropout", lower_dropout},
    {"clone", lower_self},
    {"contiguous", lower_self},
    {"detach", lower_self},
    {"detach_copy", lower_self},
    {"dropout", lower_dropout},
    {"feature_alpha_dropout", lower_dropout},
    {"feature_dropout", lower_dropout},
    {"lift_fresh", lower_self},
    {"lift_fresh_copy", lower_self},
    {"native_dropout", lower_native_dropout},
    {"positive", lower_self},
    {"to", lower_to},
    {"to.other", lower_to_other},
    {"type_as", lower_to_other},
};

}  // namespace

std::span<const Operator> identity_operators() { return kIdentityOperators; }

}  // namespace tandem::convert::aten
