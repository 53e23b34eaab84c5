// SPDX-License-Identifier: Apache-2.0
// Fuzzes .pt2 files: as archives, and their program alone, lowered with weights of zeros.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "convert/aten/lowering.h"
#include "convert/exported/assemble.h"
#include "convert/exported/exported.h"
#include "convert/exported/program_reader.h"

namespace {

namespace aten = tandem::convert::aten;
namespace exported = tandem::convert::exported;

/// Weights of the announced sizes, where these are small; a program with others is not lowered.
bool add_weights(const exported::ExportedProgram& program, aten::Program& calls) {
  constexpr std::int64_t kMostElements = 1 << 16;
  for (const exported::InputSpec& spec : program.inputs) {
    if (spec.kind == exported::InputSpec::Kind::kUser) continue;
    const auto known = calls.values.find(spec.value);
    const auto shape = known == calls.values.end() ? std::nullopt : known->second.shape.concrete();
    const auto count = shape ? shape->element_count() : std::nullopt;
    if (!count || *count > kMostElements) return false;
    auto tensor = tandem::Tensor::allocate(known->second.dtype, *shape);
    if (!tensor) return false;
    std::ranges::fill(tensor->mutable_bytes(), std::byte{0});
    calls.weights.push_back({spec.value, spec.path, std::move(*tensor)});
  }
  return true;
}

void lower_alone(std::string_view json) {
  auto program = exported::read_program(json);
  if (!program) return;
  const auto interface = exported::name_interface(*program, {});
  if (!interface) return;
  aten::Program calls;
  calls.inputs = interface->inputs;
  calls.outputs = interface->outputs;
  calls.values = program->values;
  calls.calls = program->calls;
  if (add_weights(*program, calls)) static_cast<void>(aten::lower_program(calls));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  lower_alone({reinterpret_cast<const char*>(data), size});
  static_cast<void>(exported::inspect_exported_program(bytes));
  static_cast<void>(exported::convert_exported_program(bytes, nullptr, {}));
  return 0;
}
