// SPDX-License-Identifier: Apache-2.0
// The networks that can be converted, as a table.
#include "convert/networks/networks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "convert/networks/list.h"

namespace tandem::convert {
namespace {

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

/// Errors: invalid_argument (--arch names no network).
Result<const Network*> choose_network(const Weights& weights, const std::string& arch) {
  if (arch.empty()) return find_network(weights);
  const auto all = networks();
  const auto found = std::ranges::find(all, arch, &Network::arch);
  if (found != all.end()) return *found;
  std::string known;
  for (const Network* network : all) known += fmt::format("{}{}", known.empty() ? "" : ", ", network->arch);
  return invalid_argument(fmt::format("--arch {}: no network is called so; expected one of {}", arch, known));
}

std::string shown(const MissingTensor& tensor) { return fmt::format("{} {}", tensor.name, to_string(tensor.shape)); }

/// Refuses a checkpoint that is not the network's, tensor for tensor, unless that is allowed.
Status check_completeness(const Conversion& conversion, const ConvertOptions& options) {
  if (options.allow_missing) return {};
  std::string reasons;
  if (!conversion.missing.empty()) {
    reasons += fmt::format("the checkpoint lacks {} of the tensors that a {} has: {}; ", conversion.missing.size(),
                           conversion.network, fmt::join(conversion.missing, ", "));
  }
  if (!conversion.unused.empty()) {
    reasons += fmt::format("it has {} that a {} has not: {}; ", conversion.unused.size(), conversion.network,
                           fmt::join(conversion.unused, ", "));
  }
  if (reasons.empty()) return {};
  return invalid_argument(reasons + "name another network with --arch, or take it as it is with --allow-missing");
}

}  // namespace

std::span<const Network* const> networks() {
#define TANDEM_LIST(name) &(name),
  static constexpr std::array kNetworks = {TANDEM_NETWORKS(TANDEM_LIST)};
#undef TANDEM_LIST
  return kNetworks;
}

Result<Recognition> recognize(const Checkpoint& checkpoint, const ConvertOptions& options) {
  const Weights weights = weights_of(checkpoint);
  const Network* network = TRY(choose_network(weights, options.arch));
  if (network == nullptr) return Recognition{};
  auto facts = TRY(network->facts(weights, completed(options, checkpoint)));
  return Recognition{std::string(network->name), std::move(facts)};
}

Result<Conversion> convert_state_dict(const Checkpoint& checkpoint, const ConvertOptions& options) {
  Weights weights = weights_of(checkpoint);
  const Network* network = TRY(choose_network(weights, options.arch));
  if (network == nullptr) return refuse_unknown(weights);
  Conversion conversion = TRY(network->convert(weights, completed(options, checkpoint), checkpoint));
  conversion.network = network->name;
  if (!options.labels.empty() && conversion.labels.empty()) {
    return invalid_argument(fmt::format("labels: a {} tells no classes apart", conversion.network));
  }
  conversion.unused = weights.unused();
  for (const MissingTensor& tensor : weights.missing()) conversion.missing.push_back(shown(tensor));
  TRY(check_completeness(conversion, options));
  return conversion;
}

}  // namespace tandem::convert
