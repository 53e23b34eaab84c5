// SPDX-License-Identifier: Apache-2.0
// Members by name: code/__torch__/a/b.py holds what is called __torch__.a.b.X.
#include "convert/torchscript/script_archive.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "convert/torchscript/parser.h"
#include "formats/torch_types.h"

namespace tandem::convert::torchscript {
namespace {

/// The folder that everything lies in, with its slash.
Result<std::string> find_root(const ZipArchive& archive) {
  for (const ZipMember& member : archive.members()) {
    const auto slash = member.name.find('/');
    if (slash == std::string::npos) continue;
    std::string root = member.name.substr(0, slash + 1);
    if (archive.find(root + "data.pkl") != nullptr && archive.find(root + "constants.pkl") != nullptr) return root;
    if (archive.find(root + "model.json") != nullptr) {
      return fail(
          Code::kUnimplemented,
          "this is TorchScript of PyTorch 1.0 to 1.3; load it with torch.jit.load and save it with a newer one");
    }
  }
  return invalid_argument("this is no TorchScript archive: no data.pkl with a constants.pkl beside it");
}

/// Of _rebuild_tensor_v2(storage, offset, size, ...), whose storage is empty; nothing for anything else.
std::optional<TracedInput> traced_input(const PickleValue& value) {
  const PickleValue* storage = value.kind == PickleKind::kTensor ? value.argument(0) : nullptr;
  const PickleValue* sizes = value.argument(2);
  const bool is_stored = storage != nullptr && storage->kind == PickleKind::kPersistent && !storage->items.empty();
  if (!is_stored || storage->items[0]->items.size() < 2 || sizes == nullptr) return std::nullopt;
  const auto dtype = torch_storage_dtype(storage->items[0]->items[1]->attribute);
  if (!dtype) return std::nullopt;
  TracedInput input{*dtype, {}};
  for (const PickleValue* size : sizes->items) {
    if (size->kind != PickleKind::kInt || size->integer < 0) return std::nullopt;
    input.shape.push_back(size->integer);
  }
  return input;
}

}  // namespace

Result<ScriptArchive> ScriptArchive::open(std::span<const std::byte> file, std::shared_ptr<const void> owner) {
  ZipArchive archive = TRY(ZipArchive::open(file));
  const std::string root = TRY(find_root(archive));
  TorchObjects objects = TRY(TorchObjects::read_member(archive, root + "data.pkl", root + "data/", owner));
  ScriptArchive made(std::move(archive), root, std::move(objects));
  made.constants_ = TRY(TorchObjects::read_member(made.archive_, root + "constants.pkl", root + "constants/", owner));
  made.read_traced_inputs();
  return made;
}

/// {"forward": [tensor, ...]}. A file whose traced inputs cannot be read is a model all the same.
void ScriptArchive::read_traced_inputs() {
  const ZipMember* member = archive_.find(root_ + "traced_inputs.pkl");
  const auto bytes = member == nullptr ? not_found("no traced inputs") : archive_.read(*member);
  if (!bytes) return;
  const auto document = PickleDocument::parse(*bytes);
  const bool is_dict = document && document->root().kind == PickleKind::kDict;
  const PickleValue* values = is_dict ? document->root().get("forward") : nullptr;
  if (values == nullptr) return;
  std::vector<TracedInput> inputs;
  for (const PickleValue* value : values->items) {
    auto input = traced_input(*value);
    if (!input) return;
    inputs.push_back(std::move(*input));
  }
  traced_inputs_ = std::move(inputs);
}

const PickleValue* ScriptArchive::constant(std::size_t index) const {
  const std::vector<const PickleValue*>& items = constants_->root().items;
  return index < items.size() ? items[index] : nullptr;
}

Result<const Source*> ScriptArchive::source_of(std::string_view name) {
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos) return nullptr;
  std::string member = fmt::format("{}code/{}.py", root_, name.substr(0, dot));
  std::replace(member.begin() + static_cast<std::ptrdiff_t>(root_.size() + 5), member.end() - 3, '.', '/');
  if (const auto found = sources_.find(member); found != sources_.end()) return found->second.get();
  const ZipMember* found = archive_.find(member);
  if (found == nullptr) return nullptr;
  const std::vector<std::byte> bytes = TRY(archive_.read(*found));
  auto source = parse_source(as_text(bytes));
  if (!source) return fail(source.error().with_context(member));
  auto kept = std::make_unique<const Source>(std::move(*source));
  return sources_.emplace(std::move(member), std::move(kept)).first->second.get();
}

Result<const Class*> ScriptArchive::find_class(std::string_view name) {
  const Source* source = TRY(source_of(name));
  if (source == nullptr) return nullptr;
  const auto found = std::ranges::find(source->classes, name.substr(name.rfind('.') + 1), &Class::name);
  return found == source->classes.end() ? nullptr : &*found;
}

Result<const Function*> ScriptArchive::find_function(std::string_view name) {
  const Source* source = TRY(source_of(name));
  if (source == nullptr) return nullptr;
  const auto found = std::ranges::find(source->functions, name.substr(name.rfind('.') + 1), &Function::name);
  return found == source->functions.end() ? nullptr : &*found;
}

std::vector<std::string> ScriptArchive::globals() const {
  std::vector<std::string> names = objects_.globals();
  const std::vector<std::string> more = constants_->globals();
  names.insert(names.end(), more.begin(), more.end());
  return names;
}

std::string ScriptArchive::version() const {
  const ZipMember* member = archive_.find(root_ + "version");
  if (member == nullptr) return {};
  const auto bytes = archive_.read(*member);
  if (!bytes) return {};
  std::string text(as_text(*bytes));
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace tandem::convert::torchscript
