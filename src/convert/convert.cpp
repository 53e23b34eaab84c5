// SPDX-License-Identifier: Apache-2.0
// The networks that can be converted, as a table.
#include "convert/convert.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "convert/captioner/captioner.h"
#include "convert/captioner/config.h"
#include "convert/transunet/config.h"
#include "convert/transunet/transunet.h"

namespace tandem::convert {
namespace {

using Facts = std::vector<std::pair<std::string, std::string>>;

struct Network {
  std::string_view name;
  bool (*matches)(const Weights&);
  Result<Facts> (*facts)(const Weights&, const ConvertOptions&);
  Result<Conversion> (*convert)(Weights&, const ConvertOptions&, const Checkpoint&);
};

constexpr std::array<Network, 2> kNetworks = {{
    {"TransUNet", is_transunet,
     [](const Weights& weights, const ConvertOptions& options) -> Result<Facts> {
       return describe(TRY(infer_transunet(weights, options)));
     },
     [](Weights& weights, const ConvertOptions& options, const Checkpoint&) {
       return convert_transunet(weights, options);
     }},
    {"captioner (MobileNetV3-small, attention, GRU)", is_captioner,
     [](const Weights& weights, const ConvertOptions& options) -> Result<Facts> {
       return describe(TRY(infer_captioner(weights, options)));
     },
     [](Weights& weights, const ConvertOptions& options, const Checkpoint& checkpoint) {
       return convert_captioner(weights, options, checkpoint.tables);
     }},
}};

Weights weights_of(const Checkpoint& checkpoint) {
  std::vector<NamedTensor> tensors;
  for (const NamedTensor& entry : checkpoint.tensors) tensors.push_back({entry.name, entry.tensor.view()});
  return Weights(std::move(tensors));
}

const Network* find_network(const Weights& weights) {
  const auto found = std::find_if(kNetworks.begin(), kNetworks.end(),
                                  [&](const Network& network) { return network.matches(weights); });
  return found == kNetworks.end() ? nullptr : &*found;
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
  for (const Network& network : kNetworks) known += fmt::format("{}{}", known.empty() ? "" : ", ", network.name);
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

Result<Recognition> recognize(const Checkpoint& checkpoint, const ConvertOptions& options) {
  const Weights weights = weights_of(checkpoint);
  const Network* network = find_network(weights);
  if (network == nullptr) return Recognition{};
  auto facts = TRY(network->facts(weights, completed(options, checkpoint)));
  return Recognition{std::string(network->name), std::move(facts)};
}

Result<Conversion> convert(const Checkpoint& checkpoint, const ConvertOptions& options) {
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
