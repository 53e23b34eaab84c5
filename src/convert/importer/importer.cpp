// SPDX-License-Identifier: Apache-2.0
// One importer a kind of content.
#include "convert/importer/importer.h"

#include <fmt/format.h>

#include "base/file.h"
#include "convert/modules/sequential.h"
#include "convert/networks/networks.h"
#include "formats/checkpoint.h"

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
  auto conversion = convert_tensors(path, *checkpoint, options);
  if (!conversion) return fail(conversion.error().with_context(path.string()));
  for (const std::string& note : checkpoint->notes) conversion->facts.emplace_back("note", note);
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
