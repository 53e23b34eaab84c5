// SPDX-License-Identifier: Apache-2.0
// Shape: the dimensions of a tensor; SymbolicShape: those of a model's input, where some are only named.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// Known dimensions, outermost first, each >= 0. A shape of rank 0 is a scalar with one element.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<std::int64_t> dims) : dims_(dims) {}
  explicit Shape(std::vector<std::int64_t> dims) : dims_(std::move(dims)) {}
  explicit Shape(std::span<const std::int64_t> dims) : dims_(dims.begin(), dims.end()) {}

  std::size_t rank() const { return dims_.size(); }
  std::int64_t operator[](std::size_t axis) const { return dims_[axis]; }
  std::int64_t& operator[](std::size_t axis) { return dims_[axis]; }
  const std::vector<std::int64_t>& dims() const { return dims_; }

  /// The number of elements; nothing if a dimension is negative or the product overflows int64.
  std::optional<std::int64_t> element_count() const;

  friend bool operator==(const Shape&, const Shape&) = default;

 private:
  std::vector<std::int64_t> dims_;
};

/// "[1,3,224,224]"
std::string to_string(const Shape& shape);

/// One dimension of a model's input or output: a size, or unknown with an optional name ("batch").
struct Dim {
  std::int64_t size = -1;  // -1: not fixed
  std::string name;        // may be empty

  static Dim fixed(std::int64_t size) { return {size, {}}; }
  static Dim symbol(std::string name) { return {-1, std::move(name)}; }
  bool is_fixed() const { return size >= 0; }
  friend bool operator==(const Dim&, const Dim&) = default;
};

/// Dimensions of which some may be symbolic. An absent rank (the model does not say) is `unknown_rank`.
struct SymbolicShape {
  std::vector<Dim> dims;
  bool unknown_rank = false;

  std::size_t rank() const { return dims.size(); }

  /// Whether a concrete shape fits: equal rank, equal fixed sizes, and equal sizes where one name stands twice.
  bool accepts(const Shape& shape) const;

  /// All dimensions fixed: the shape; otherwise nothing.
  std::optional<Shape> concrete() const;

  friend bool operator==(const SymbolicShape&, const SymbolicShape&) = default;
};

/// "[batch,3,224,224]"; unnamed unknown dimensions print as "?".
std::string to_string(const SymbolicShape& shape);

}  // namespace tandem
