// SPDX-License-Identifier: Apache-2.0
// PyTorch 2.5 to 2.7 wrote a flat zip, 2.8 and later folders below one root.
#include "convert/exported/archive.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "base/bytes.h"

namespace tandem::convert::exported {
namespace {

constexpr std::string_view kFlatProgram = "serialized_exported_program.json";

std::string_view folder(TensorKind kind) { return kind == TensorKind::kWeights ? "weights" : "constants"; }

}  // namespace

std::span<const std::byte> ExportedArchive::bytes_or_nothing(const std::string& member) const {
  const ZipMember* found = archive_.find(member);
  return found == nullptr || found->deflated ? std::span<const std::byte>() : found->data;
}

Result<std::span<const std::byte>> ExportedArchive::bytes_of(const std::string& member) const {
  const ZipMember* found = archive_.find(member);
  if (found == nullptr) return invalid_argument(fmt::format("the archive has no member '{}'", member));
  if (found->deflated)
    return invalid_argument(fmt::format("the member '{}' is compressed; PyTorch never does that", member));
  return found->data;
}

Status ExportedArchive::find_flat() {
  program_ = as_text(TRY(bytes_of(std::string(kFlatProgram))));
  return {};
}

Status ExportedArchive::find_foldered() {
  const std::string& first = archive_.members().front().name;
  root_ = first.substr(0, first.find('/') + 1);
  const std::string_view order = as_text(bytes_or_nothing(root_ + "byteorder"));
  if (!order.empty() && order != "little") {
    return fail(Code::kUnimplemented, fmt::format("byte order '{}'; only little-endian files are read", order));
  }
  const std::string prefix = root_ + "models/";
  std::vector<std::string> models;
  bool compiled = false;
  for (const ZipMember& member : archive_.members()) {
    const std::string_view name = member.name;
    compiled = compiled || name.starts_with(root_ + "data/aotinductor/");
    if (!name.starts_with(prefix) || !name.ends_with(".json")) continue;
    models.emplace_back(name.substr(prefix.size(), name.size() - prefix.size() - 5));
  }
  if (models.empty() && compiled) {
    return fail(Code::kUnimplemented,
                "the archive holds compiled code of AOTInductor and no program; export it with torch.export.save");
  }
  if (models.empty()) return invalid_argument(fmt::format("the archive has no member '{}*.json'", prefix));
  if (models.size() > 1) {
    return fail(Code::kUnimplemented, fmt::format("the archive holds {} programs ({}); save the one to convert alone",
                                                  models.size(), fmt::join(models, ", ")));
  }
  model_ = models.front();
  program_ = as_text(TRY(bytes_of(fmt::format("{}{}.json", prefix, model_))));
  return {};
}

Result<ExportedArchive> ExportedArchive::open(std::span<const std::byte> file) {
  ExportedArchive archive(TRY(ZipArchive::open(file)));
  archive.file_bytes_ = file.size();
  if (archive.archive_.members().empty()) return invalid_argument("the archive is empty");
  const bool flat = archive.archive_.find(kFlatProgram) != nullptr;
  TRY(flat ? archive.find_flat() : archive.find_foldered());
  return archive;
}

Result<ExportedArchive::Tensors> ExportedArchive::tensors(TensorKind kind) const {
  Tensors found;
  if (model_.empty()) {
    found.pickled =
        bytes_or_nothing(kind == TensorKind::kWeights ? "serialized_state_dict.pt" : "serialized_constants.pt");
    return found;
  }
  const std::string base = fmt::format("{}data/{}/{}", root_, folder(kind), model_);
  const std::string config = fmt::format("{}_{}_config.json", base, folder(kind));
  if (archive_.find(config) != nullptr) {
    found.config = as_text(TRY(bytes_of(config)));
  } else if (archive_.find(base + ".pt") != nullptr) {
    found.pickled = TRY(bytes_of(base + ".pt"));
  }
  return found;
}

Result<std::span<const std::byte>> ExportedArchive::record(TensorKind kind, std::string_view name) const {
  return bytes_of(fmt::format("{}data/{}/{}", root_, folder(kind), name));
}

std::span<const std::byte> ExportedArchive::sample_inputs() const {
  if (model_.empty()) return bytes_or_nothing("serialized_example_inputs.pt");
  return bytes_or_nothing(fmt::format("{}data/sample_inputs/{}.pt", root_, model_));
}

}  // namespace tandem::convert::exported
