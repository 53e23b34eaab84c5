// SPDX-License-Identifier: Apache-2.0
// LayoutGraph: builds the graph and knows of every value in which order its axes lie, so that an image is transposed
// once. Why, and what else was looked at: docs/decisions/0009-keras-layout.md.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "convert/graph_builder.h"

namespace tandem::convert::keras {

/// Sizes of axes, the batch first; -1 is not known.
using Dims = std::vector<std::int64_t>;

enum class Layout {
  kKeras,          // stored as Keras counts its axes
  kChannelsFirst,  // Keras' last axis is stored second
};

/// A tensor of the graph. `dims` are Keras' axes, however they are stored.
struct Value {
  std::string name;
  Dims dims;
  DType dtype = DType::kFloat32;
  Layout layout = Layout::kKeras;
  bool masked = false;  // Keras would leave out some of its steps
  Dims flattened = {};  // of what Flatten made of an image stored channels first: its dims, as Keras counts them

  std::size_t rank() const { return dims.size(); }
  std::int64_t channels() const { return dims.back(); }
};

/// Not thread-safe.
class LayoutGraph final {
 public:
  LayoutGraph(std::string name, int keras_major) : builder_(std::move(name)), keras_major_(keras_major) {}

  GraphBuilder& builder() { return builder_; }
  /// 2 or 3: some functions are defined otherwise.
  int keras_major() const { return keras_major_; }

  /// The value as Keras stores it, or with the channels second. A Transpose is made where one is needed, once a value.
  Value in_keras_order(const Value& value);
  Value with_channels_first(const Value& value);
  /// As float32, for layers that compute.
  Value as_float(const Value& value, const std::string& path);

  /// A node over values that leaves shape and layout as they are; the result is like the first.
  Value same_shape(std::string_view op_type, const Value& value, const std::string& path, Attributes attributes = {});
  /// The same with a constant as second input.
  Value with_scalar(std::string_view op_type, const Value& value, float scalar, const std::string& path);
  /// Reshape in Keras' order; 0 copies a size, -1 is worked out.
  Value reshaped(const Value& value, Dims target, Dims result, const std::string& path);

  /// A constant; the same one under the same name when a layer is called again.
  std::string weight(const std::string& name, Tensor tensor);
  std::string weight(const std::string& name, const Shape& shape, const std::vector<float>& values);

  /// Counts what a small configuration can spell into a huge graph: calls of layers (models in models multiply), and
  /// bytes of constants that no weight of the file stands behind. Errors: resource_exhausted.
  Status charge_calls(std::size_t calls);
  Status check_constants() const;

  /// A Pad with zeros, and the inputs of the one that made a value; none when another node did.
  std::string zero_padded(std::vector<std::string> inputs, const std::string& path);
  std::vector<std::string> zero_padding_of(const std::string& name) const;

  /// The model, verified, without nodes and weights that no output needs. Errors: those of graph::verify.
  Result<graph::Model> finish() &&;

 private:
  Value transposed(const Value& value, Layout layout);
  Value unflattened(const Value& value);

  GraphBuilder builder_;
  int keras_major_;
  std::size_t calls_ = 0;
  std::size_t constant_bytes_ = 0;
  std::map<std::string, Value, std::less<>> other_layout_;  // by the name of the value in the one layout
  std::map<std::string, std::vector<std::pair<std::string, Tensor>>, std::less<>> weights_;
  std::map<std::string, std::vector<std::string>, std::less<>> zero_paddings_;  // by the name of the padded value
};

/// Where an axis of Keras' lies; `axis` may be negative. Errors: invalid_argument (outside the rank).
Result<std::size_t> keras_axis(const Value& value, std::int64_t axis);
std::size_t stored_axis(const Value& value, std::size_t axis);
/// Sizes in the order in which they are stored.
Dims stored_dims(const Value& value);
/// A tensor of one size per axis of Keras' but the batch, in the order in which the value is stored.
Result<Tensor> stored_like(const Value& value, const Tensor& per_axis);

/// The product; -1 when one is not known. Errors: invalid_argument above 2^62.
Result<std::int64_t> product(const Dims& dims, std::size_t begin);

/// float32 with its axes in another order: result axis i is the tensor's axis order[i].
Result<Tensor> permuted(const Tensor& tensor, const std::vector<std::size_t>& order);

}  // namespace tandem::convert::keras
