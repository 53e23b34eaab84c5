// SPDX-License-Identifier: Apache-2.0
// tandem convert --store: models, their configs, metadata and golden vectors, put into a store in one step.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/command.h"
#include "base/error.h"
#include "convert/checked/checked_conversion.h"

namespace tandem::app {

/// What is in the store now, one a model of the conversion.
struct StoredModel {
  std::string name;
  int version = 0;
  std::filesystem::path golden;  // empty: there was nothing to try the model on
};

/// The name under which it is stored: `as`, else the checkpoint's own. Errors: invalid_argument (neither is a name that
/// a store takes), with what is.
Result<std::string> store_name(const std::string& as, const std::filesystem::path& checkpoint);

/// The files of `outcome` were written under the store's names. What was added is removed again when a later step
/// fails.
/// reference  the .npz of --verify, which becomes the golden vector; empty: the sample of the file
/// Errors: those of adding to a store; invalid_argument (weights beside the model, above 2 GiB).
Result<std::vector<StoredModel>> store_conversion(const Context& context, const convert::ConversionOutcome& outcome,
                                                  const std::string& store, const std::filesystem::path& reference);

}  // namespace tandem::app
