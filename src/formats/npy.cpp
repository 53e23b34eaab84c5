// SPDX-License-Identifier: Apache-2.0
// Elements of .npy files: types, byte order, memory order.
#include "formats/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <limits>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

#include "formats/named_dtype.h"
#include "formats/npy_strings.h"

namespace tandem {
namespace {

using Bytes = std::span<const std::byte>;

/// Kind and bytes, without the byte order.
constexpr std::array<NamedDType, 14> kNumpyTypes = {{{"b1", DType::kBool},
                                                     {"i1", DType::kInt8},
                                                     {"i2", DType::kInt16},
                                                     {"i4", DType::kInt32},
                                                     {"i8", DType::kInt64},
                                                     {"u1", DType::kUint8},
                                                     {"u2", DType::kUint16},
                                                     {"u4", DType::kUint32},
                                                     {"u8", DType::kUint64},
                                                     {"f2", DType::kFloat16},
                                                     {"f4", DType::kFloat32},
                                                     {"f8", DType::kFloat64},
                                                     {"c8", DType::kComplex64},
                                                     {"c16", DType::kComplex128}}};

struct ElementType {
  DType dtype = DType::kUndefined;
  std::size_t size = 0;  // bytes of one element in the file
  std::size_t swap = 1;  // bytes of one number whose order may need turning: half a complex
  bool big_endian = false;
  bool unicode = false;  // <U: strings as UTF-32
};

Result<ElementType> string_type(std::string_view descr, ElementType type) {
  type.dtype = DType::kString;
  type.unicode = descr[1] == 'U';
  std::uint32_t length = 0;
  const char* end = descr.data() + descr.size();
  const auto [stopped, error] = std::from_chars(descr.data() + 2, end, length);
  if (error != std::errc() || stopped != end || length > (1U << 28)) {
    return invalid_argument(fmt::format("npy: expected a string type such as '<U8', got '{}'", descr));
  }
  type.size = std::size_t{length} * (type.unicode ? 4 : 1);
  return type;
}

Result<ElementType> parse_descr(std::string_view descr) {
  if (descr.size() < 2 || std::string_view("<>|=").find(descr[0]) == std::string_view::npos) {
    return invalid_argument(fmt::format("npy: expected a type such as '<f4', got '{}'", descr));
  }
  ElementType type;
  type.big_endian = descr[0] == '>';
  const std::string_view name = descr.substr(1);
  if (name[0] == 'O') {
    return invalid_argument(
        "npy: an array of Python objects would need pickle, which can run code; "
        "save numbers or strings instead");
  }
  if (name[0] == 'S' || name[0] == 'U') return string_type(descr, type);
  const auto found = find_dtype(kNumpyTypes, name);
  if (!found) {
    return fail(Code::kUnimplemented,
                fmt::format("npy: no tensor type for '{}'; convert it with astype, for example to float32", descr));
  }
  type.dtype = *found;
  type.size = static_cast<std::size_t>(bit_width(type.dtype)) / 8;
  if (descr[0] == '|' && type.size > 1) {
    return invalid_argument(fmt::format("npy: the type '{}' does not say its byte order", descr));
  }
  const bool complex = type.dtype == DType::kComplex64 || type.dtype == DType::kComplex128;
  type.swap = complex ? type.size / 2 : type.size;
  return type;
}

/// The number of elements, when the file holds exactly that many.
Result<std::size_t> checked_count(const NpyHeader& header, const ElementType& type, std::size_t data_bytes) {
  const auto count = header.shape.element_count();
  if (!count)
    return invalid_argument("npy: the shape " + to_string(header.shape) + " has more elements than can be counted");
  const auto elements = static_cast<std::uint64_t>(*count);
  if (type.size == 0) {
    if (elements == 0 && data_bytes == 0) return std::size_t{0};
    return invalid_argument("npy: strings of length 0 have no elements that could be counted");
  }
  if (elements != data_bytes / type.size || data_bytes % type.size != 0) {
    return invalid_argument(fmt::format("npy: {} of '{}' needs {} elements of {} bytes, the file has {} bytes of them",
                                        to_string(header.shape), header.descr, elements, type.size, data_bytes));
  }
  return static_cast<std::size_t>(elements);
}

/// Calls visit(target, source) for every element: target counts in C order, source in Fortran order.
template <typename Visit>
void for_each_transposed(const Shape& shape, std::size_t count, Visit visit) {
  std::vector<std::size_t> index(shape.rank(), 0);
  std::vector<std::size_t> stride(shape.rank(), 1);
  for (std::size_t axis = 1; axis < shape.rank(); ++axis) {
    stride[axis] = stride[axis - 1] * static_cast<std::size_t>(shape[axis - 1]);
  }
  std::size_t source = 0;
  for (std::size_t target = 0; target < count; ++target) {
    visit(target, source);
    for (std::size_t axis = shape.rank(); axis-- > 0;) {
      source += stride[axis];
      if (++index[axis] < static_cast<std::size_t>(shape[axis])) break;
      source -= stride[axis] * index[axis];
      index[axis] = 0;
    }
  }
}

template <std::size_t kSize>
void copy_transposed(const Shape& shape, std::size_t count, const std::byte* source, std::byte* target) {
  for_each_transposed(shape, count, [&](std::size_t to, std::size_t from) {
    std::memcpy(target + to * kSize, source + from * kSize, kSize);
  });
}

void copy_elements(const NpyHeader& header, const ElementType& type, Bytes data, Tensor& tensor) {
  std::byte* target = tensor.mutable_bytes().data();
  const std::size_t count = tensor.element_count();
  if (count == 0) return;
  if (!header.fortran_order) {
    std::memcpy(target, data.data(), data.size());
    return;
  }
  switch (type.size) {
    case 1: return copy_transposed<1>(header.shape, count, data.data(), target);
    case 2: return copy_transposed<2>(header.shape, count, data.data(), target);
    case 4: return copy_transposed<4>(header.shape, count, data.data(), target);
    case 8: return copy_transposed<8>(header.shape, count, data.data(), target);
    default: return copy_transposed<16>(header.shape, count, data.data(), target);
  }
}

void swap_bytes(std::span<std::byte> bytes, std::size_t width) {
  for (std::size_t i = 0; i + width <= bytes.size(); i += width)
    std::reverse(bytes.data() + i, bytes.data() + i + width);
}

Result<Tensor> read_numbers(const NpyHeader& header, const ElementType& type, Bytes data) {
  Tensor tensor = TRY(Tensor::allocate(type.dtype, header.shape));
  copy_elements(header, type, data, tensor);
  if (type.big_endian && type.swap > 1) swap_bytes(tensor.mutable_bytes(), type.swap);
  if (type.dtype == DType::kBool) {
    const auto bytes = tensor.bytes();
    const auto bad = std::find_if(bytes.begin(), bytes.end(), [](std::byte b) { return std::to_integer<int>(b) > 1; });
    if (bad != bytes.end()) {
      return invalid_argument(fmt::format("npy: expected bools of 0 or 1, got {}", std::to_integer<int>(*bad)));
    }
  }
  return tensor;
}

Result<Tensor> read_strings(const NpyHeader& header, const ElementType& type, Bytes data, std::size_t count) {
  std::vector<std::string> read;
  for (std::size_t i = 0; i < count; ++i) {
    const Bytes element = data.subspan(i * type.size, type.size);
    read.push_back(type.unicode ? TRY(read_unicode_string(element, type.big_endian)) : read_byte_string(element));
  }
  if (!header.fortran_order) return Tensor::from_strings(header.shape, std::move(read));
  std::vector<std::string> ordered(count);
  for_each_transposed(header.shape, count,
                      [&](std::size_t to, std::size_t from) { ordered[to] = std::move(read[from]); });
  return Tensor::from_strings(header.shape, std::move(ordered));
}

Result<Tensor> read_elements(const NpyHeader& header, Bytes data, const NpyLimits& limits) {
  const ElementType type = TRY(parse_descr(header.descr));
  const std::size_t count = TRY(checked_count(header, type, data.size()));
  if (type.dtype != DType::kString) return read_numbers(header, type, data);
  if (count > limits.max_strings) {
    return fail(Code::kResourceExhausted,
                fmt::format("npy: expected at most {} strings, got {}", limits.max_strings, count));
  }
  return read_strings(header, type, data, count);
}

std::vector<std::byte> joined(const std::string& header, std::size_t data_bytes) {
  std::vector<std::byte> file(header.size() + data_bytes);
  std::memcpy(file.data(), header.data(), header.size());
  return file;
}

Result<std::vector<std::byte>> write_strings(const Tensor& tensor) {
  std::vector<std::u32string> points;
  std::size_t longest = 1;  // NumPy's smallest string type
  for (const std::string& text : tensor.strings()) {
    auto decoded = decode_utf8(text);
    if (!decoded || (!decoded->empty() && decoded->back() == U'\0')) {
      return invalid_argument("npy: expected strings of UTF-8 that do not end in NUL; NumPy cannot hold others");
    }
    longest = std::max(longest, decoded->size());
    points.push_back(std::move(*decoded));
  }
  constexpr std::size_t kMaxBytes = std::size_t{1} << 31;
  if (!points.empty() && longest > kMaxBytes / 4 / points.size()) {
    return fail(Code::kResourceExhausted, "npy: every string takes the room of the longest; together more than 2 GiB");
  }
  const std::string header = TRY(write_npy_header(fmt::format("<U{}", longest), tensor.shape()));
  std::vector<std::byte> file = joined(header, points.size() * longest * 4);
  for (std::size_t i = 0; i < points.size(); ++i) {
    std::memcpy(file.data() + header.size() + i * longest * 4, points[i].data(), points[i].size() * 4);
  }
  return file;
}

Result<std::vector<std::byte>> write_array(const Tensor& tensor) {
  if (tensor.empty()) return invalid_argument("npy: expected a tensor, got an empty one");
  if (tensor.dtype() == DType::kString) return write_strings(tensor);
  const auto name = find_dtype_name(kNumpyTypes, tensor.dtype());
  if (!name) {
    return fail(Code::kUnimplemented,
                fmt::format("npy: NumPy has no type for {}; convert it to float32 first", dtype_name(tensor.dtype())));
  }
  const char order = bit_width(tensor.dtype()) == 8 ? '|' : '<';
  const std::string header = TRY(write_npy_header(fmt::format("{}{}", order, *name), tensor.shape()));
  std::vector<std::byte> file = joined(header, tensor.byte_size());
  if (tensor.byte_size() > 0) std::memcpy(file.data() + header.size(), tensor.data(), tensor.byte_size());
  return file;
}

}  // namespace

Result<Tensor> read_npy(Bytes bytes, const NpyLimits& limits) {
  const NpyHeader header = TRY(read_npy_header(bytes));
  return read_npy_elements(header, bytes.subspan(header.data_offset), limits);
}

Result<Tensor> read_npy_elements(const NpyHeader& header, Bytes data, const NpyLimits& limits) {
  try {
    return read_elements(header, data, limits);
  } catch (const std::bad_alloc&) {
    return fail(Code::kResourceExhausted, "npy: not enough memory for the array");
  }
}

Result<std::vector<std::byte>> write_npy(const Tensor& tensor) {
  try {
    return write_array(tensor);
  } catch (const std::bad_alloc&) {
    return fail(Code::kResourceExhausted, "npy: not enough memory for the file");
  }
}

}  // namespace tandem
