// SPDX-License-Identifier: Apache-2.0
// The networks that can be converted, as a table.
#include "convert/networks/networks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "convert/networks/list.h"

namespace tandem::convert {

namespace {

Weights weights_of(const Checkpoint& checkpoint) {
  std::vector<NamedTensor> tensors;
  for (const NamedTensor& entry : checkpoint.tensors) tensors.push_back({entry.name, entry.tensor.view()});
  return Weights(std::move(tensors));
}

const Network* find_network(const Weights& weights) {
  const auto all = networks();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Network* network) { return network->matches(weights); });
  return found == all.end() ? nullptr : *found;
}

/// The names Google's ViT releases use: an encoder without decoder and head.
bool is_google_vit(const Weights& weights) {
  return weights.has("conv_root/kernel") || weights.has("Transformer/posembed_input/pos_embedding");
}

tl::unexpected<Error> refuse_unknown(const Weights& weights) {
  if (is_google_vit(weights)) {
    return fail(Code::kUnimplemented,
                "these are ImageNet weights of a vision transformer's encoder, without decoder and head: they are for "
                "starting a training, and there is no network to convert");
  }
  std::string known;
  for (const Network* network : networks()) known += fmt::format("{}{}", known.empty() ? "" : ", ", network->name);
  const auto names = weights.names();
  return fail(Code::kUnimplemented,
              fmt::format("no known network has these {} tensors (the first is '{}'); known networks: {}", names.size(),
                          names.empty() ? "" : names.front(), known));
}

/// The options, with what the checkpoint itself says where they are silent.
ConvertOptions completed(ConvertOptions options, const Checkpoint& checkpoint) {
  if (options.image_size) return options;
  for (const IntegerTable& table : checkpoint.tables) {
    if (!table.name.empty()) continue;
    for (const auto& [name, value] : table.entries) {
      if (name == "image_size") options.image_size = value;
    }
  }
  return options;
}

/// What training leaves behind and inference does not need.
bool is_expected_leftover(const std::string& name) { return name.ends_with(".num_batches_tracked"); }

}  // namespace

std::span<const Network* const> networks() {
#define TANDEM_LIST(name) &name,
  static constexpr std::array kNetworks = {TANDEM_NETWORKS(TANDEM_LIST)};
#undef TANDEM_LIST
  return kNetworks;
}

Result<Recognition> recognize(const Checkpoint& checkpoint, const ConvertOptions& options) {
  const Weights weights = weights_of(checkpoint);
  const Network* network = find_network(weights);
  if (network == nullptr) return Recognition{};
  auto facts = TRY(network->facts(weights, completed(options, checkpoint)));
  return Recognition{std::string(network->name), std::move(facts)};
}

Result<Conversion> convert_state_dict(const Checkpoint& checkpoint, const ConvertOptions& options) {
  Weights weights = weights_of(checkpoint);
  const Network* network = find_network(weights);
  if (network == nullptr) return refuse_unknown(weights);
  Conversion conversion = TRY(network->convert(weights, completed(options, checkpoint), checkpoint));
  conversion.network = network->name;
  if (!options.labels.empty() && conversion.labels.empty()) {
    return invalid_argument(fmt::format("labels: a {} tells no classes apart", conversion.network));
  }
  conversion.unused = weights.unused();
  std::erase_if(conversion.unused, is_expected_leftover);
  return conversion;
}

}  // namespace tandem::convert
