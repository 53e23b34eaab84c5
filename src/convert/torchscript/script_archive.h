// SPDX-License-Identifier: Apache-2.0
// ScriptArchive: the code, the modules and the constants of a TorchScript file, each read when it is asked for.
//
// Source: docs/convert/torchscript.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "convert/torchscript/syntax.h"
#include "formats/torch_objects.h"
#include "formats/zip_archive.h"

namespace tandem::convert::torchscript {

/// What the network was traced with. The file has no elements of it.
struct TracedInput {
  DType dtype = DType::kUndefined;
  std::vector<std::int64_t> shape;
};

/// Not thread-safe.
class ScriptArchive final {
 public:
  /// Errors: invalid_argument (no TorchScript archive, or what is wrong with it), unimplemented (PyTorch 1.0 to 1.3,
  /// whose files lie otherwise).
  static Result<ScriptArchive> open(std::span<const std::byte> file, std::shared_ptr<const void> owner);

  /// The outermost module.
  const PickleValue& root() const { return objects_.root(); }
  Result<Tensor> tensor(const PickleValue& value) { return objects_.tensor(value); }

  /// Constant `cN` of the code; null when there is none.
  const PickleValue* constant(std::size_t index) const;
  Result<Tensor> constant_tensor(const PickleValue& value) { return constants_->tensor(value); }

  /// Empty when the file does not say (scripts, frozen networks, traces of older versions of PyTorch).
  const std::vector<TracedInput>& traced_inputs() const { return traced_inputs_; }

  /// By qualified name, "__torch__.torchvision.models.resnet.ResNet"; null when there is none of that name. Lives as
  /// long as the archive. Errors: invalid_argument (the code cannot be read: file and line).
  Result<const Class*> find_class(std::string_view name);
  Result<const Function*> find_function(std::string_view name);

  /// Every global that the pickles name.
  std::vector<std::string> globals() const;
  /// "3" in the member `version`.
  std::string version() const;

 private:
  ScriptArchive(ZipArchive archive, std::string root, TorchObjects objects)
      : archive_(std::move(archive)), root_(std::move(root)), objects_(std::move(objects)) {}
  void read_traced_inputs();
  Result<const Source*> source_of(std::string_view name);

  ZipArchive archive_;
  std::string root_;
  TorchObjects objects_;
  std::optional<TorchObjects> constants_;
  std::vector<TracedInput> traced_inputs_;
  std::map<std::string, std::unique_ptr<const Source>, std::less<>> sources_;  // by member
};

}  // namespace tandem::convert::torchscript
