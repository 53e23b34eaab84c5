// SPDX-License-Identifier: Apache-2.0
// Scales are powers of two, so that a product is exact and a sum is rounded once, with and without fused instructions.
#include "support/recipe_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/file.h"

namespace tandem::recipe {
namespace {

using Json = nlohmann::json;

/// Fowler, Noll and Vo's hash, 64 bits, variant 1a.
std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return hash;
}

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators": one step from `state`.
std::uint64_t splitmix(std::uint64_t state) {
  std::uint64_t mixed = state + 0x9E3779B97F4A7C15U;
  mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
  return mixed ^ (mixed >> 31U);
}

float unit_value(std::uint64_t bits) {
  return static_cast<float>(static_cast<std::int32_t>(bits >> 40U) - (1 << 23)) / static_cast<float>(1 << 23);
}

Shape shape_of(const Json& json) { return Shape(json.get<std::vector<std::int64_t>>()); }

Tensor float_tensor(const std::string& name, Shape shape, float scale, float offset) {
  Tensor tensor = Tensor::allocate(DType::kFloat32, std::move(shape)).value();
  std::uint64_t state = fnv1a(name);
  for (float& element : tensor.mutable_values<float>()) element = unit_value(splitmix(state++)) * scale + offset;
  return tensor;
}

/// Integers in [offset, offset + below).
Tensor integer_tensor(const std::string& name, Shape shape, std::uint64_t below, std::int64_t offset) {
  Tensor tensor = Tensor::allocate(DType::kInt64, std::move(shape)).value();
  std::uint64_t state = fnv1a(name);
  for (std::int64_t& element : tensor.mutable_values<std::int64_t>()) {
    element = offset + static_cast<std::int64_t>((splitmix(state++) >> 40U) % below);
  }
  return tensor;
}

/// [name, shape, scale, offset], or [name, shape, "int64", below, offset].
NamedTensor named_tensor(const Json& row) {
  const auto name = row.at(0).get<std::string>();
  if (row.at(2).is_string()) {
    return {name, integer_tensor(name, shape_of(row.at(1)), row.at(3).get<std::uint64_t>(), row.at(4))};
  }
  return {name, float_tensor(name, shape_of(row.at(1)), row.at(2), row.at(3))};
}

ModelCase model_case(const Json& json) {
  ModelCase model{json.at("part"), {}, {}};
  for (const Json& row : json.at("inputs")) model.inputs.push_back(named_tensor(row));
  for (const Json& row : json.at("outputs")) {
    model.outputs.push_back({row.at("name"), shape_of(row.at("shape")), row.at("every"), row.at("values")});
  }
  return model;
}

convert::ConvertOptions options_of(const Json& json) {
  convert::ConvertOptions options;
  options.arch = json.value("arch", "");
  if (json.contains("image_size")) options.image_size = json.at("image_size");
  if (json.contains("heads")) options.heads = json.at("heads");
  if (json.contains("batch_norm_epsilon")) options.batch_norm_epsilon = json.at("batch_norm_epsilon");
  return options;
}

NetworkCase network_case(const Json& json) {
  NetworkCase made{json.at("network"), options_of(json.at("options")), {}, {}};
  for (const Json& row : json.at("tensors")) made.checkpoint.tensors.push_back(named_tensor(row));
  for (const Json& row : json.at("models")) made.models.push_back(model_case(row));
  return made;
}

}  // namespace

float value(std::string_view name, std::uint64_t index) { return unit_value(splitmix(fnv1a(name) + index)); }

Result<NetworkCase> read_case(const std::filesystem::path& path) {
  const std::string text = TRY(read_file(path));
  try {
    return network_case(Json::parse(text));
  } catch (const Json::exception& error) {
    return fail(Code::kDataLoss, fmt::format("{}: {}", path.string(), error.what()));
  }
}

}  // namespace tandem::recipe
