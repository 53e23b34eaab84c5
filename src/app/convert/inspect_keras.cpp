// SPDX-License-Identifier: Apache-2.0
// Facts first, the layers by class after them.
#include "app/convert/inspect_keras.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/convert/fact_row.h"
#include "app/sizes.h"
#include "convert/keras/keras_model.h"

namespace tandem::app {
namespace {

using convert::keras::KerasFile;
using convert::keras::KerasSummary;

struct Inspected {
  KerasFile file;
  KerasSummary summary;
};

Result<Inspected> read(std::span<const std::byte> bytes) {
  KerasFile file = TRY(convert::keras::read_keras(bytes, nullptr));
  KerasSummary summary = TRY(convert::keras::summarize_keras(file));
  return Inspected{std::move(file), std::move(summary)};
}

void print_rows(const Inspected& inspected, std::size_t size_bytes, const std::filesystem::path& path) {
  const KerasSummary& summary = inspected.summary;
  print_row("file", path.string());
  print_row("format", fmt::format("{}{}{}", inspected.file.format, inspected.file.version.empty() ? "" : " of Keras ",
                                  inspected.file.version));
  print_row("size", size_text(size_bytes));
  print_row("model", summary.model);
  print_row("parameters", fmt::format("{}", summary.parameters));
  print_row("not convertible", fmt::format("{}", fmt::join(summary.unknown, ", ")));
  print_row("layers", fmt::format("{}", summary.layers));
  for (const auto& [name, count] : summary.classes) fmt::print("{:>18}  {}\n", count, name);
}

}  // namespace

Status inspect_keras(std::span<const std::byte> bytes, const std::filesystem::path& file) {
  const auto inspected = read(bytes);
  if (!inspected) return fail(inspected.error().with_context(file.string()));
  print_rows(*inspected, bytes.size(), file);
  return {};
}

}  // namespace tandem::app
