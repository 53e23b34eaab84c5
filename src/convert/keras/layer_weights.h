// SPDX-License-Identifier: Apache-2.0
// LayerWeights: the tensors of one layer in the order in which Keras keeps them, whichever way they are filed.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "convert/weights.h"
#include "formats/hdf5/hdf5_file.h"

namespace tandem::convert::keras {

/// By what a layer's tensors are found.
struct LayerKey {
  std::string filed_as;  // its class and number: "conv2d_1"
  std::string name;
};

/// A cursor over one layer's (or model's) tensors. A .keras file keeps them as a tree (layers/dense/vars/0); an .h5
/// file as one list a layer of the outermost model (attribute weight_names). Borrows file and weights.
class LayerWeights final {
 public:
  /// Of a whole model. `group` is where its layers are: "" in a .keras file, "model_weights" in an .h5.
  static LayerWeights of_archive(const hdf5::File& file, Weights& weights);
  static LayerWeights of_legacy(const hdf5::File& file, Weights& weights, std::string group);

  /// The next tensor, as float32. Errors: invalid_argument (none left, another shape, no floating-point numbers).
  Result<Tensor> take(const Shape& expected);
  /// The next tensor's shape; null when there is none left.
  const Shape* next_shape() const;
  /// What belongs to a part of the layer: "query_dense". In a list parts follow one another: take them in their order.
  LayerWeights part(std::string_view name) const;
  /// Of a layer of this model. Errors: invalid_argument (not there, or a list that names what is not there).
  Result<LayerWeights> layer(const LayerKey& key) const;

 private:
  enum class Filing { kTree, kLists, kList };
  struct List {
    std::vector<std::string> paths;  // of the datasets
    std::vector<std::string> names;  // as Keras calls them: "inner/dense/kernel:0"
    std::size_t next = 0;
  };
  LayerWeights(const hdf5::File& file, Weights& weights, Filing filing)
      : file_(&file), weights_(&weights), filing_(filing) {}
  Result<LayerWeights> listed_layer(const LayerKey& key) const;
  Result<LayerWeights> filtered(const LayerKey& key) const;
  std::string next_path() const;

  const hdf5::File* file_;
  Weights* weights_;
  Filing filing_;
  std::string group_;
  std::size_t next_ = 0;
  std::shared_ptr<List> list_;  // shared by the parts of a layer
};

/// The tensors that a model may need: floating-point datasets, without those of the optimizer, by path.
Result<std::vector<NamedTensor>> read_weights(const hdf5::File& file, std::string_view group);

}  // namespace tandem::convert::keras
