// SPDX-License-Identifier: Apache-2.0
// One importer a kind of content.
#include "convert/importer/importer.h"

#include "base/file.h"
#include "convert/networks/networks.h"
#include "formats/checkpoint.h"

namespace tandem::convert {
namespace {

Result<ImportedModel> import_state_dict(const std::filesystem::path& path, const ConvertOptions& options) {
  const auto checkpoint = std::make_shared<const Checkpoint>(TRY(read_checkpoint(path)));
  auto conversion = convert_state_dict(*checkpoint, options);
  if (!conversion) return fail(conversion.error().with_context(path.string()));
  return ImportedModel{checkpoint, std::move(*conversion), checkpoint->format, checkpoint->foreign_globals};
}

Result<FileContent> content_of(const std::filesystem::path& path) {
  const MappedFile file = TRY(MappedFile::open(path));
  return detect_content(file.bytes());
}

}  // namespace

Result<ImportedModel> import_model(const std::filesystem::path& path, const ConvertOptions& options) {
  switch (TRY(content_of(path))) {
    default: return import_state_dict(path, options);  // which says of everything else what it is
  }
}

}  // namespace tandem::convert
