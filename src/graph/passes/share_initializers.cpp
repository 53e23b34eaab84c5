// SPDX-License-Identifier: Apache-2.0
// Constants of one type, shape and content are kept once.
#include <map>
#include <tuple>

#include "base/bytes.h"
#include "graph/passes/pass.h"
#include "graph/patch.h"

namespace tandem::graph {
namespace {

/// Of a few places only, so that large weights that differ are told apart without reading them.
std::size_t sample_hash(const Tensor& tensor) {
  constexpr std::size_t kPiece = 64;
  const std::string_view all = as_text(tensor.bytes());
  const std::hash<std::string_view> hash;
  std::size_t sum = hash(all.substr(0, kPiece));
  if (all.size() > kPiece) sum = sum * 31 + hash(all.substr(all.size() / 2, kPiece));
  if (all.size() > kPiece) sum = sum * 31 + hash(all.substr(all.size() - kPiece));
  return sum;
}

using Key = std::tuple<DType, std::vector<std::int64_t>, std::size_t>;

}  // namespace

Result<std::size_t> share_initializers(Model& model, const PassLimits&) {
  Patch patch(model.graph);
  std::map<Key, std::vector<std::size_t>> alike;
  for (std::size_t i = 0; i < model.graph.initializers.size(); ++i) {
    const Tensor& tensor = model.graph.initializers[i].tensor;
    if (tensor.dtype() == DType::kString) continue;
    alike[{tensor.dtype(), tensor.shape().dims(), sample_hash(tensor)}].push_back(i);
  }
  std::size_t shared = 0;
  for (const auto& [key, indices] : alike) {
    if (indices.size() < 2) continue;
    std::map<std::size_t, std::size_t> kept;  // by the hash of all bytes
    for (const std::size_t index : indices) {
      const Initializer& weight = model.graph.initializers[index];
      const std::size_t hash = std::hash<std::string_view>()(as_text(weight.tensor.bytes()));
      const auto twin = kept.find(hash);
      const bool is_twin = twin != kept.end() && as_text(model.graph.initializers[twin->second].tensor.bytes()) ==
                                                     as_text(weight.tensor.bytes());
      if (is_twin && patch.stand_in(weight.name, model.graph.initializers[twin->second].name)) {
        ++shared;
      } else if (!is_twin) {
        kept.emplace(hash, index);
      }
    }
  }
  if (shared > 0) patch.apply();
  return shared;
}

}  // namespace tandem::graph
