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

struct Source {
  const std::filesystem::path& path;
  std::shared_ptr<const MappedFile> file;
};

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

/// Small weights get memory of their own, and all else of the file leaves: left in the mapping, each would keep up to
/// 2 MB of the file around it in this process, where the system's cache holds files in large pages.
Status own_small_weights(Conversion& conversion, const MappedFile& file) {
  constexpr std::size_t kSmallBytes = 1 << 20;
  constexpr int kCopiesUntilForgotten = 8;
  int copies = 0;
  for (ConvertedModel& converted : conversion.models) {
    for (graph::Initializer& weight : converted.model.graph.initializers) {
      if (weight.tensor.byte_size() > kSmallBytes) continue;
      weight.tensor = TRY(weight.tensor.clone());
      if (++copies % kCopiesUntilForgotten == 0) forget_pages(file, file.bytes());
    }
  }
  forget_pages(file, file.bytes());
  return {};
}

Result<ImportedModel> import_state_dict(const Source& source, const ConvertOptions& options) {
  const auto checkpoint = std::make_shared<const Checkpoint>(TRY(read_checkpoint(source.file)));
  Conversion conversion = TRY(convert_tensors(source.path, *checkpoint, options));
  TRY(shape_interface(conversion, options));
  for (const std::string& note : checkpoint->notes) conversion.facts.emplace_back("note", note);
  return ImportedModel{checkpoint, std::move(conversion), checkpoint->format, checkpoint->foreign_globals};
}

/// What torch itself names is not foreign.
template <typename Converted>
ImportedModel imported_program(Converted converted, const Source& source, FileContent content) {
  std::erase_if(converted.globals, [](const std::string& name) { return is_known_torch_global(name); });
  return ImportedModel{source.file, std::move(converted.conversion), std::string(content_name(content)),
                       std::move(converted.globals)};
}

Result<ImportedModel> import_exported_program(const Source& source, const ConvertOptions& options) {
  auto converted = TRY(exported::convert_exported_program(source.file->bytes(), source.file, options));
  return imported_program(std::move(converted), source, FileContent::kExportedProgram);
}

Result<ImportedModel> import_torchscript(const Source& source, const ConvertOptions& options) {
  auto converted = TRY(torchscript::convert_torchscript(source.file->bytes(), source.file, options));
  return imported_program(std::move(converted), source, FileContent::kTorchScript);
}

Result<ImportedModel> import_keras(const Source& source, const ConvertOptions& options) {
  const keras::KerasFile file = TRY(keras::read_keras(source.file->bytes(), source.file));
  Conversion conversion = TRY(keras::convert_keras(file, options));
  TRY(check_interface(conversion, options));
  return ImportedModel{file.owner, std::move(conversion), file.format, {}};
}

Result<ImportedModel> import_content(const Source& source, const ConvertOptions& options) {
  switch (detect_content(source.file->bytes())) {
    case FileContent::kExportedProgram: return import_exported_program(source, options);
    case FileContent::kTorchScript: return import_torchscript(source, options);
    case FileContent::kHdf5:
    case FileContent::kKerasArchive: return import_keras(source, options);
    default: return import_state_dict(source, options);  // which says of everything else what it is
  }
}

}  // namespace

Result<ImportedModel> import_model(const std::filesystem::path& path, const ConvertOptions& options) {
  const auto file = std::make_shared<const MappedFile>(TRY(MappedFile::open(path)));
  const Source source{path, file};
  auto imported = import_content(source, options);
  if (!imported) return fail(imported.error().with_context(path.string()));
  TRY(own_small_weights(imported->conversion, *file));
  return imported;
}

}  // namespace tandem::convert
