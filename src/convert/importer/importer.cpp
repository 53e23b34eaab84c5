// SPDX-License-Identifier: Apache-2.0
// One importer a kind of content.
#include "convert/importer/importer.h"

#include <fmt/format.h>

#include "base/file.h"
#include "base/mapped_pages.h"
#include "convert/exported/exported.h"
#include "convert/interface.h"
#include "convert/keras/keras_model.h"
#include "convert/modules/sequential.h"
#include "convert/networks/networks.h"
#include "convert/torchscript/torchscript.h"
#include "formats/checkpoint.h"
#include "formats/torch_types.h"

namespace tandem::convert {
namespace {

/// A state dict, of a known network; or a whole module, whose layers may say all that there is to know.
Result<Conversion> convert_tensors(const std::filesystem::path& path, const Checkpoint& checkpoint,
                                   const ConvertOptions& options) {
  if (is_sequential(checkpoint)) return convert_sequential(checkpoint, options);
  auto conversion = convert_state_dict(checkpoint, options);
  const bool is_unknown = !conversion && conversion.error().code == Code::kUnimplemented;
  if (!is_unknown || !checkpoint.module) return conversion;
  return fail(Code::kUnimplemented,
              fmt::format("{}; {}", conversion.error().message, export_advice(path, checkpoint.module->class_name)));
}

Result<ImportedModel> import_state_dict(const std::filesystem::path& path, const ConvertOptions& options) {
  const auto checkpoint = std::make_shared<const Checkpoint>(TRY(read_checkpoint(path)));
  const auto convert = [&]() -> Result<Conversion> {
    Conversion made = TRY(convert_tensors(path, *checkpoint, options));
    TRY(shape_interface(made, options));
    return made;
  };
  auto conversion = convert();
  if (!conversion) return fail(conversion.error().with_context(path.string()));
  forget_pages(*checkpoint->file, checkpoint->file->bytes());  // what was copied is not needed any more
  for (const std::string& note : checkpoint->notes) conversion->facts.emplace_back("note", note);
  return ImportedModel{checkpoint, std::move(*conversion), checkpoint->format, checkpoint->foreign_globals};
}

Result<ImportedModel> import_exported_program(const std::filesystem::path& path, const ConvertOptions& options) {
  const auto file = std::make_shared<const MappedFile>(TRY(MappedFile::open(path)));
  auto converted = exported::convert_exported_program(file->bytes(), file, options);
  if (!converted) return fail(converted.error().with_context(path.string()));
  forget_pages(*file, file->bytes());
  std::erase_if(converted->globals, [](const std::string& name) { return is_known_torch_global(name); });
  return ImportedModel{file, std::move(converted->conversion), std::string(content_name(FileContent::kExportedProgram)),
                       std::move(converted->globals)};
}

Result<ImportedModel> import_torchscript(const std::filesystem::path& path, const ConvertOptions& options) {
  const auto file = std::make_shared<const MappedFile>(TRY(MappedFile::open(path)));
  auto converted = torchscript::convert_torchscript(file->bytes(), file, options);
  if (!converted) return fail(converted.error().with_context(path.string()));
  std::erase_if(converted->globals, [](const std::string& name) { return is_known_torch_global(name); });
  return ImportedModel{file, std::move(converted->conversion), std::string(content_name(FileContent::kTorchScript)),
                       std::move(converted->globals)};
}

Result<ImportedModel> import_keras(const std::filesystem::path& path, const ConvertOptions& options) {
  const auto mapped = std::make_shared<const MappedFile>(TRY(MappedFile::open(path)));
  const auto read = [&]() -> Result<ImportedModel> {
    const keras::KerasFile file = TRY(keras::read_keras(mapped->bytes(), mapped));
    Conversion conversion = TRY(keras::convert_keras(file, options));
    TRY(check_interface(conversion, options));
    return ImportedModel{file.owner, std::move(conversion), file.format, {}};
  };
  auto imported = read();
  if (!imported) return fail(imported.error().with_context(path.string()));
  return imported;
}

Result<FileContent> content_of(const std::filesystem::path& path) {
  const MappedFile file = TRY(MappedFile::open(path));
  return detect_content(file.bytes());
}

}  // namespace

Result<ImportedModel> import_model(const std::filesystem::path& path, const ConvertOptions& options) {
  switch (TRY(content_of(path))) {
    case FileContent::kExportedProgram: return import_exported_program(path, options);
    case FileContent::kTorchScript: return import_torchscript(path, options);
    case FileContent::kHdf5:
    case FileContent::kKerasArchive: return import_keras(path, options);
    default: return import_state_dict(path, options);  // which says of everything else what it is
  }
}

}  // namespace tandem::convert
