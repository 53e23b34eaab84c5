// SPDX-License-Identifier: Apache-2.0
// Which of torch's containers a file is, and the pickle in it.
#include "formats/torch_objects.h"

#include <fmt/format.h>

#include "formats/file_content.h"
#include "formats/torch_storages.h"

namespace tandem {
namespace {

Result<std::string> find_root(const ZipArchive& archive) {
  if (archive.members().empty()) return invalid_argument("torch: the archive is empty");
  const std::string& first = archive.members().front().name;
  std::string root = first.substr(0, first.find('/'));
  if (archive.find(root + "/archive_format") != nullptr ||
      archive.find("serialized_exported_program.json") != nullptr) {
    return fail(Code::kUnimplemented, "torch: this is a torch.export archive (.pt2), not a checkpoint");
  }
  if (archive.find(root + "/constants.pkl") != nullptr) {
    return fail(Code::kUnimplemented,
                "torch: this is TorchScript, not a checkpoint; save the state dict: "
                "torch.save(model.state_dict(), path)");
  }
  if (archive.find(root + "/data.pkl") == nullptr) return invalid_argument("torch: no data.pkl in the archive");
  return root;
}

}  // namespace

Result<TorchObjects> TorchObjects::read(std::span<const std::byte> file, std::shared_ptr<const void> owner) {
  const CopyBudget budget = CopyBudget::for_file(file.size());
  switch (detect_content(file)) {
    case FileContent::kTorchLegacy: {
      LegacyTorchFile legacy = TRY(read_legacy_torch(file));
      return TorchObjects(std::move(legacy.document),
                          TorchTensors(std::move(legacy.storages), budget, std::move(owner)));
    }
    case FileContent::kPickle: {
      PickleDocument document = TRY(PickleDocument::parse(file));
      return TorchObjects(std::move(document), TorchTensors({}, budget, std::move(owner)));
    }
    case FileContent::kTorchTar:
      return fail(Code::kUnimplemented,
                  "torch: this is a tar file of torch before 0.1.12 (2017); load it there and save it again with "
                  "torch.save(x, path)");
    case FileContent::kUnknown:
      return invalid_argument("torch: not a checkpoint: the file begins neither as a zip archive nor as a pickle");
    default: break;
  }
  const ZipArchive archive = TRY(ZipArchive::open(file));
  const std::string root = TRY(find_root(archive));
  return read_member(archive, root + "/data.pkl", root + "/data/", std::move(owner));
}

Result<TorchObjects> TorchObjects::read_member(const ZipArchive& archive, std::string_view pickle,
                                               std::string_view storage_folder, std::shared_ptr<const void> owner) {
  const ZipMember* member = archive.find(pickle);
  if (member == nullptr) return invalid_argument(fmt::format("torch: no member '{}' in the archive", pickle));
  const auto bytes = TRY(archive.read(*member));
  PickleDocument document = TRY(PickleDocument::parse(bytes));
  TorchStorages storages = TRY(zip_storages(archive, storage_folder));
  std::uint64_t stored = 0;
  for (const auto& [key, elements] : storages.by_key) stored += elements.size();
  return TorchObjects(std::move(document),
                      TorchTensors(std::move(storages), CopyBudget::for_file(stored), std::move(owner)));
}

}  // namespace tandem
