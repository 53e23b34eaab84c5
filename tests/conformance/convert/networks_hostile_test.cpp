// SPDX-License-Identifier: Apache-2.0
// State dicts that are almost those of a network: tensors gone, of another size, of another rank. Each is converted or
// refused with a sentence, and never built into a graph that does not verify.
// networks_hostile CASES_FOLDER
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <random>

#include "convert/networks/networks.h"
#include "support/recipe_weights.h"

namespace tandem::conformance {
namespace {

namespace fs = std::filesystem;

constexpr int kChangesOfEach = 24;
constexpr std::size_t kMostParameters = 4'000'000;  // larger networks have the same code

Tensor zeros(Shape shape) {
  Tensor tensor = Tensor::allocate(DType::kFloat32, std::move(shape)).value();
  std::ranges::fill(tensor.mutable_values<float>(), 0.0F);
  return tensor;
}

std::int64_t changed_size(std::int64_t size, std::mt19937& random) {
  const std::array<std::int64_t, 5> choices = {0, 1, size + 1, 2 * size, std::max<std::int64_t>(size - 1, 0)};
  return choices[random() % choices.size()];
}

Shape changed_shape(const Shape& shape, std::mt19937& random) {
  std::vector<std::int64_t> sizes = shape.dims();
  if (sizes.empty() || random() % 4 == 0) {
    sizes.push_back(1);
  } else {
    std::int64_t& size = sizes[random() % sizes.size()];
    size = changed_size(size, random);
  }
  return Shape(sizes);
}

/// The checkpoint with one to three of its tensors changed, the first ones more often: they tell the configuration.
Checkpoint changed(const Checkpoint& original, std::mt19937& random) {
  Checkpoint result;
  for (const NamedTensor& entry : original.tensors) result.tensors.push_back({entry.name, entry.tensor.view()});
  const std::size_t count = 1 + random() % 3;
  for (std::size_t i = 0; i < count && !result.tensors.empty(); ++i) {
    const std::size_t among =
        random() % 2 == 0 ? std::min<std::size_t>(12, result.tensors.size()) : result.tensors.size();
    const auto chosen = result.tensors.begin() + static_cast<std::ptrdiff_t>(random() % among);
    if (random() % 4 == 0) {
      result.tensors.erase(chosen);
    } else {
      chosen->tensor = zeros(changed_shape(chosen->tensor.shape(), random));
    }
  }
  return result;
}

std::size_t parameters(const Checkpoint& checkpoint) {
  std::size_t count = 0;
  for (const NamedTensor& entry : checkpoint.tensors) count += entry.tensor.element_count();
  return count;
}

/// The number of changed checkpoints that were refused, or -1 when one was refused without a word.
int count_refusals(const recipe::NetworkCase& network, std::mt19937& random) {
  int refused = 0;
  for (int i = 0; i < kChangesOfEach; ++i) {
    convert::ConvertOptions options = network.options;
    options.allow_missing = i % 2 == 1;
    const Checkpoint checkpoint = changed(network.checkpoint, random);
    const auto conversion = convert::convert_state_dict(checkpoint, options);
    if (!conversion && conversion.error().message.empty()) return -1;
    if (!conversion) ++refused;
  }
  return refused;
}

int run_suite(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::ranges::sort(files);
  int wrong = 0;
  int tried = 0;
  for (const fs::path& file : files) {
    const auto network = recipe::read_case(file);
    if (!network || parameters(network->checkpoint) > kMostParameters) continue;
    std::mt19937 random(static_cast<unsigned>(++tried));
    const int refused = count_refusals(*network, random);
    fmt::print("{}: {} of {} refused\n", file.stem().string(), refused, kChangesOfEach);
    if (refused <= 0) ++wrong;  // some change is always one that no network can have
  }
  return wrong == 0 && tried > 0 ? 0 : 1;
}

}  // namespace
}  // namespace tandem::conformance

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: {} CASES_FOLDER\n", argv[0]);
    return 2;
  }
  return tandem::conformance::run_suite(argv[1]);
}
