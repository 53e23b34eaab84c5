// SPDX-License-Identifier: Apache-2.0
// Activations, by the names that PyTorch gives them.
#pragma once

#include <string>

#include "convert/layers/feature.h"

namespace tandem::convert {

enum class Activation { kNone, kRelu, kRelu6, kHardSwish, kHardSigmoid, kSigmoid, kSilu, kGelu, kTanh };

/// kNone gives the value itself. `path` names the node.
std::string activate(Build build, const std::string& input, Activation activation, const std::string& path);
Feature activate(Build build, const Feature& input, Activation activation, const std::string& path);

Feature relu(Build build, const Feature& input, const std::string& path);

/// x where it is positive, else slope * x.
Feature leaky_relu(Build build, const Feature& input, float slope, const std::string& path);

/// torch.nn.PReLU: the slopes are path + ".weight", one for each channel or one for all.
Result<Feature> prelu(Build build, const Feature& input, const std::string& path);

}  // namespace tandem::convert
