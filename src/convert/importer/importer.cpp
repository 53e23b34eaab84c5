// SPDX-License-Identifier: Apache-2.0
// One importer a kind of content.
#include "convert/importer/importer.h"

#include "base/file.h"
#include "convert/exported/exported.h"
#include "convert/networks/networks.h"
#include "formats/checkpoint.h"
#include "formats/torch_tensors.h"

namespace tandem::convert {
namespace {

Result<ImportedModel> import_state_dict(const std::filesystem::path& path, const ConvertOptions& options) {
  const auto checkpoint = std::make_shared<const Checkpoint>(TRY(read_checkpoint(path)));
  auto conversion = convert_state_dict(*checkpoint, options);
  if (!conversion) return fail(conversion.error().with_context(path.string()));
  return ImportedModel{checkpoint, std::move(*conversion), checkpoint->format, checkpoint->foreign_globals};
}

Result<ImportedModel> import_exported_program(const std::filesystem::path& path, const ConvertOptions& options) {
  const auto file = std::make_shared<const MappedFile>(TRY(MappedFile::open(path)));
  auto converted = exported::convert_exported_program(file->bytes(), file, options);
  if (!converted) return fail(converted.error().with_context(path.string()));
  std::erase_if(converted->globals, [](const std::string& name) { return is_known_torch_global(name); });
  return ImportedModel{file, std::move(converted->conversion), std::string(content_name(FileContent::kExportedProgram)),
                       std::move(converted->globals)};
}

Result<FileContent> content_of(const std::filesystem::path& path) {
  const MappedFile file = TRY(MappedFile::open(path));
  return detect_content(file.bytes());
}

}  // namespace

Result<ImportedModel> import_model(const std::filesystem::path& path, const ConvertOptions& options) {
  switch (TRY(content_of(path))) {
    case FileContent::kExportedProgram: return import_exported_program(path, options);
    default: return import_state_dict(path, options);  // which says of everything else what it is
  }
}

}  // namespace tandem::convert
