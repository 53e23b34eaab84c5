// SPDX-License-Identifier: Apache-2.0
// The list of all networks, in the order in which they are asked: one line each.
#pragma once

#include "convert/networks/network.h"

/// X(the constant that the network's file defines)
#define TANDEM_NETWORKS(X) \
  X(kTransUnet)            \
  X(kCaptioner)            \
  X(kLstmCaptioner)        \
  X(kResNet)               \
  X(kVgg)                  \
  X(kMobileNetV2)          \
  X(kMobileNetV3)          \
  X(kEfficientNet)         \
  X(kDenseNet)             \
  X(kVit)                  \
  X(kSwin)                 \
  X(kMaxVit)               \
  X(kConvNext)             \
  X(kRegNet)               \
  X(kSqueezeNet)           \
  X(kAlexNet)              \
  X(kGoogLeNet)            \
  X(kInceptionV3)          \
  X(kShuffleNetV2)         \
  X(kMnasNet)              \
  X(kFcn)                  \
  X(kDeepLabV3)            \
  X(kLraspp)               \
  X(kUNet)                 \
  X(kArcFace)              \
  X(kFaceNet)              \
  X(kMtcnn)                \
  X(kRetinaFace)           \
  X(kYoloV8)               \
  X(kBert)

namespace tandem::convert {

#define TANDEM_DECLARE(network) extern const Network network;
TANDEM_NETWORKS(TANDEM_DECLARE)
#undef TANDEM_DECLARE

}  // namespace tandem::convert
