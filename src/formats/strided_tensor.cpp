// SPDX-License-Identifier: Apache-2.0
// Bounds first, then a view, or a copy by strides and byte order.
#include "formats/strided_tensor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>

namespace tandem {
namespace {

/// One past the highest element that sizes and strides reach; 0 for an empty tensor; nothing on overflow.
std::optional<std::int64_t> reach(const StridedView& view) {
  std::int64_t last = view.offset;
  for (std::size_t axis = 0; axis < view.sizes.size(); ++axis) {
    if (view.sizes[axis] == 0) return 0;
    std::int64_t step = 0;
    if (__builtin_mul_overflow(view.sizes[axis] - 1, view.strides[axis], &step)) return std::nullopt;
    if (__builtin_add_overflow(last, step, &last)) return std::nullopt;
  }
  if (__builtin_add_overflow(last, std::int64_t{1}, &last)) return std::nullopt;
  return last;
}

bool is_contiguous(const StridedView& view) {
  std::int64_t expected = 1;
  for (std::size_t axis = view.sizes.size(); axis-- > 0;) {
    if (view.sizes[axis] != 1 && view.strides[axis] != expected) return false;
    expected *= view.sizes[axis];
  }
  return true;
}

/// A byte of a bool that is neither 0 nor 1 has no meaning in C++.
bool holds_bools(std::span<const std::byte> bytes) {
  return std::ranges::all_of(bytes, [](std::byte byte) { return std::to_integer<int>(byte) <= 1; });
}

/// Copies elements of `width` bytes into row-major order; there is at least one.
void gather(const StridedView& view, std::size_t width, std::byte* out) {
  std::vector<std::int64_t> index(view.sizes.size(), 0);
  std::int64_t element = view.offset;
  while (true) {
    std::memcpy(out, view.storage.data() + static_cast<std::size_t>(element) * width, width);
    out += width;
    std::size_t axis = view.sizes.size();
    while (axis > 0) {
      --axis;
      if (++index[axis] < view.sizes[axis]) {
        element += view.strides[axis];
        break;
      }
      element -= view.strides[axis] * (view.sizes[axis] - 1);
      index[axis] = 0;
      if (axis == 0) return;
    }
    if (view.sizes.empty()) return;
  }
}

void swap_elements(std::span<std::byte> bytes, DType dtype) {
  std::size_t width = static_cast<std::size_t>(bit_width(dtype)) / 8;
  if (dtype == DType::kComplex64 || dtype == DType::kComplex128) width /= 2;  // two numbers
  for (std::size_t i = 0; width > 1 && i + width <= bytes.size(); i += width) {
    std::reverse(bytes.data() + i, bytes.data() + i + width);
  }
}

/// The bytes of one element. Errors: as strided_tensor.
Result<std::size_t> check_view(const StridedView& view) {
  if (view.sizes.size() != view.strides.size()) {
    return invalid_argument(
        fmt::format("torch: a tensor of {} sizes and {} strides", view.sizes.size(), view.strides.size()));
  }
  const auto negative = [](std::int64_t number) { return number < 0; };
  if (view.offset < 0 || std::ranges::any_of(view.sizes, negative) || std::ranges::any_of(view.strides, negative)) {
    return invalid_argument("torch: a tensor with a negative size, stride or offset");
  }
  const int bits = bit_width(view.dtype);
  if (bits < 8) return fail(Code::kUnimplemented, fmt::format("torch: tensors of {}", dtype_name(view.dtype)));
  const auto width = static_cast<std::size_t>(bits) / 8;
  const auto end = reach(view);
  if (!end || static_cast<std::uint64_t>(*end) > view.storage.size() / width) {
    return invalid_argument(
        fmt::format("torch: a tensor of shape {}, strides {} and offset {} leaves its storage of {} bytes",
                    to_string(Shape(view.sizes)), to_string(Shape(view.strides)), view.offset, view.storage.size()));
  }
  return width;
}

}  // namespace

CopyBudget CopyBudget::for_file(std::uint64_t file_bytes) {
  constexpr std::uint64_t kSmall = std::uint64_t{64} << 20;
  return CopyBudget(kSmall + 8 * std::min(file_bytes, std::uint64_t{1} << 50));
}

Status CopyBudget::take(std::uint64_t bytes) {
  if (bytes > left_) {
    return fail(Code::kResourceExhausted, "torch: the tensors take far more room than the file that holds them");
  }
  left_ -= bytes;
  return {};
}

Result<Tensor> strided_tensor(const StridedView& view, const std::shared_ptr<const void>& owner, CopyBudget& budget) {
  const std::size_t width = TRY(check_view(view));
  if (view.dtype == DType::kBool && !holds_bools(view.storage)) {
    return invalid_argument("torch: a storage of bools holds other bytes than 0 and 1");
  }
  Shape shape(view.sizes);
  const auto count = shape.element_count();
  const auto size = count ? byte_size(view.dtype, static_cast<std::size_t>(*count)) : std::nullopt;
  if (!size) return invalid_argument(fmt::format("torch: a tensor of shape {}", to_string(shape)));
  const bool contiguous = *count == 0 || is_contiguous(view);
  const std::size_t begin = *count == 0 ? 0 : static_cast<std::size_t>(view.offset) * width;
  const auto elements = contiguous ? view.storage.subspan(begin, *size) : std::span<const std::byte>();
  // Whoever reads a tensor may load whole elements, which then must lie at multiples of their size.
  const bool aligned = reinterpret_cast<std::uintptr_t>(elements.data()) % std::min<std::size_t>(width, 8) == 0;
  if (contiguous && aligned && (!view.big_endian || width == 1)) {
    return Tensor::borrow(view.dtype, std::move(shape), elements, owner);
  }
  TRY(budget.take(*size));
  Tensor tensor = TRY(Tensor::allocate(view.dtype, std::move(shape)));
  if (*size == 0) return tensor;
  if (contiguous) {
    std::memcpy(tensor.mutable_data(), elements.data(), elements.size());
  } else {
    gather(view, width, tensor.mutable_bytes().data());
  }
  if (view.big_endian) swap_elements(tensor.mutable_bytes(), view.dtype);
  return tensor;
}

}  // namespace tandem
