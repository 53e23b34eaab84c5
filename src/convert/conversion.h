// SPDX-License-Identifier: Apache-2.0
// Conversion: what becomes of a checkpoint: one or more ONNX models, and what was found out on the way.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "formats/named_tensor.h"
#include "graph/graph.h"

namespace tandem::convert {

/// What the file does not say and a person may know better. Absent: the network's own default.
struct ConvertOptions {
  std::string arch;            // the network of a state dict, as Network::arch; "" recognizes it
  bool allow_missing = false;  // tensors that the checkpoint lacks become zeros, and it may have more than is needed
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> input_shapes;  // by name; -1 is a dynamic dimension
  std::vector<std::pair<std::string, std::string>> dims;   // a dynamic dimension's name in the file and in the model
  std::vector<std::pair<std::string, std::string>> names;  // of an input or output: before and after
  std::int64_t opset = 17;                                 // 11 to 21
  std::optional<std::int64_t> heads;                       // of a transformer; default: 64 channels a head
  std::optional<std::int64_t> image_size;  // of a network that takes any; default: what it was published with
  std::optional<double> batch_norm_epsilon;
  std::vector<std::string> labels;  // of the classes, in their order; default: none
};

/// How an image becomes the input of a model: the network's published preprocessing.
struct ImageInput {
  std::int64_t size = 0;  // height and width
  std::vector<double> mean = {0, 0, 0};
  std::vector<double> std = {1, 1, 1};  // of pixels divided by 255
};

/// The words that a captioner says; ids are indices of `words`.
struct CaptionWords {
  std::vector<std::string> words;
  std::int64_t start = 0;
  std::int64_t end = 0;
  std::optional<std::int64_t> pad;
  std::optional<std::int64_t> unknown;
};

/// Tensors to try the model on, as the file itself has them.
struct Sample {
  std::vector<NamedTensor> inputs;   // by the names of the model's inputs
  std::vector<NamedTensor> outputs;  // what the framework gave; empty when the file does not say
};

/// One ONNX model of the network. A network that runs in steps has several.
struct ConvertedModel {
  std::string part;  // "" when it is the only one, else "encoder", "step"
  graph::Model model;
  std::optional<ImageInput> image = std::nullopt;      // when its input is an image
  std::optional<CaptionWords> caption = std::nullopt;  // when the part "step" puts its outputs into words
  std::optional<Sample> sample = std::nullopt;
};

struct Conversion {
  std::string network;                                     // "TransUNet"
  std::string task;                                        // "segmentation"
  std::vector<std::pair<std::string, std::string>> facts;  // what was read from shapes: {"layers", "12"}
  std::vector<ConvertedModel> models;
  std::vector<std::string> labels;  // of the classes, as ConvertOptions says
  std::vector<std::string> unused;  // floating-point tensors of the checkpoint that no model needs
  std::vector<std::string>
      missing;  // tensors that are zeros because the checkpoint lacks them: "conv.weight [64,3,7,7]"
  std::vector<std::string> warnings = {};  // what the model does otherwise than the network did, and newer formats
};

}  // namespace tandem::convert
