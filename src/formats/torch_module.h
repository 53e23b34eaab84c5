// SPDX-License-Identifier: Apache-2.0
// TorchModule: a pickled torch.nn.Module (torch.save(model)) as data: classes, settings, children; its tensors stand in
// the checkpoint under their state dict's names.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "formats/pickle.h"

namespace tandem {

/// A setting of a module, such as kernel_size; monostate is Python's None.
using ModuleSetting = std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<std::int64_t>>;

struct TorchModule {
  std::string name;        // under which its parent has it; "" for the outermost
  std::string class_name;  // "torch.nn.modules.conv.Conv2d"; a class of the user's own: "train.MyNet"
  std::map<std::string, ModuleSetting, std::less<>> settings;  // those that are numbers, words or lists of integers
  std::vector<TorchModule> children;                           // in the order of the module

  /// Null when there is none, or one of another type.
  template <typename T>
  const T* setting(std::string_view key) const {
    const auto found = settings.find(key);
    return found == settings.end() ? nullptr : std::get_if<T>(&found->second);
  }
};

/// Whether the value is a pickled module: an object whose state has _parameters, _buffers and _modules.
bool is_torch_module(const PickleValue& value);

/// Errors: resource_exhausted (too many or too deeply nested modules).
Result<TorchModule> read_torch_module(const PickleValue& value);

}  // namespace tandem
