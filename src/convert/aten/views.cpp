// SPDX-License-Identifier: Apache-2.0
// Each kind of view has an inverse: a part is put back between what stands before and behind it, a shape is undone.
#include "convert/aten/views.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "convert/aten/nodes.h"

namespace tandem::convert::aten {
namespace {

constexpr std::int64_t kToTheEnd = std::numeric_limits<std::int64_t>::max();

/// A range of a tensor along one axis; `begin` and `end` count from the front.
struct Part {
  std::int64_t axis = 0;
  Size begin;
  Size end;  // fixed kToTheEnd: to the end
};

std::string as_list(Operation& view, const Size& size) { return view.shape_value({size}); }

std::string cut(Operation& view, const Value& base, std::int64_t axis, const Size& begin, const Size& end) {
  return view.add("Slice", {base.name, as_list(view, begin), as_list(view, end), view.integers_value({axis})});
}

/// Concat(before, written, behind); parts that are known to be empty are left out.
Result<std::string> put_back(Operation& view, const Value& base, const Part& part, const std::string& written) {
  std::vector<std::string> parts;
  if (!part.begin.is_fixed() || part.begin.fixed > 0) parts.push_back(cut(view, base, part.axis, Size{0}, part.begin));
  parts.push_back(written);
  const std::int64_t size = base.size(part.axis);
  const bool to_the_end = part.end.is_fixed() && (part.end.fixed == kToTheEnd || (size >= 0 && part.end.fixed >= size));
  if (!to_the_end) parts.push_back(cut(view, base, part.axis, part.end, Size{kToTheEnd}));
  if (parts.size() == 1) return written;
  return view.add("Concat", std::move(parts), attributes("axis", part.axis));
}

/// A position as PyTorch takes it, counted from the front and inside.
Result<Size> position(Operation& view, const Value& base, std::int64_t axis, Size given) {
  if (!given.is_fixed()) return given;
  const std::int64_t size = base.size(axis);
  if (given.fixed < 0 && size < 0) return view.refuse("a write counts from the end of an axis of unknown size");
  if (given.fixed < 0) given.fixed = std::max<std::int64_t>(given.fixed + size, 0);
  if (size >= 0) given.fixed = std::min(given.fixed, size);
  return given;
}

Result<std::string> into_slice(Operation& view, const Value& base, const std::string& written) {
  Part part;
  part.axis = TRY(view.axis("dim", base.rank()));
  if (view.given("start")) part.begin = TRY(position(view, base, part.axis, TRY(view.size("start"))));
  part.end = Size{kToTheEnd};
  if (view.given("end")) part.end = TRY(position(view, base, part.axis, TRY(view.size("end"))));
  const std::int64_t step = TRY(view.integer("step"));
  if (step < 1) return view.wrong("the step must be 1 or more");
  if (step > 1) return replace_slice(view, base, {part.axis, part.begin, part.end, step}, written);
  return put_back(view, base, part, written);
}

Result<std::string> into_select(Operation& view, const Value& base, const std::string& written) {
  Part part;
  part.axis = TRY(view.axis("dim", base.rank()));
  const std::int64_t index = TRY(view.integer("index"));
  part.begin = TRY(position(view, base, part.axis, Size{index}));
  part.end = index == -1 ? Size{kToTheEnd} : Size{part.begin.fixed + 1};
  const std::string row = view.add("Unsqueeze", {written, view.integers_value({part.axis})});
  return put_back(view, base, part, row);
}

Result<std::string> into_narrow(Operation& view, const Value& base, const std::string& written) {
  Part part;
  part.axis = TRY(view.axis("dim", base.rank()));
  const std::int64_t start = TRY(view.integer("start"));
  const std::int64_t length = TRY(view.integer("length"));
  part.begin = TRY(position(view, base, part.axis, Size{start}));
  part.end = Size{part.begin.fixed + length};
  return put_back(view, base, part, written);
}

/// split, split_with_sizes, chunk and unbind: the sizes of the parts before `output` tell where it begins.
Result<std::string> into_piece(Operation& view, std::size_t output, const Value& base, const std::string& written) {
  Part part;
  part.axis = TRY(view.axis("dim", base.rank()));
  const auto index = static_cast<std::int64_t>(output);
  std::string piece = written;
  std::int64_t begin = index;
  std::int64_t length = 1;
  if (view.call().name == "unbind") {
    piece = view.add("Unsqueeze", {written, view.integers_value({part.axis})});
  } else if (view.call().name == "split_with_sizes" || view.call().overload == "sizes") {
    const auto sizes = TRY(view.integers(view.call().overload == "sizes" ? "split_size" : "split_sizes"));
    if (output >= sizes.size()) return view.wrong("it has fewer parts than outputs");
    begin = 0;
    for (std::size_t i = 0; i < output; ++i) begin += sizes[i];
    length = sizes[output];
  } else {
    const std::int64_t size = base.size(part.axis);
    if (size < 0) return view.refuse("writing through a part of an axis of unknown size is not supported");
    length = TRY(view.integer(view.call().name == "chunk" ? "chunks" : "split_size"));
    if (length <= 0) return view.wrong("parts must not be empty");
    if (view.call().name == "chunk") length = (size + length - 1) / length;
    begin = index * length;
    length = std::min(length, size - begin);
  }
  part.begin = Size{begin};
  part.end = Size{begin + length};
  return put_back(view, base, part, piece);
}

std::string undo_permutation(Operation& view, const std::vector<std::int64_t>& order, const std::string& written) {
  std::vector<std::int64_t> back(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    back[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
  return view.add("Transpose", {written}, attributes("perm", back));
}

Result<std::string> into_permuted(Operation& view, const Value& base, const std::string& written) {
  const std::vector<std::int64_t> order = TRY(view.axes("dims", base.rank()));
  if (static_cast<std::int64_t>(order.size()) != base.rank()) return view.wrong("an order of other axes");
  return undo_permutation(view, order, written);
}

Result<std::string> into_transposed(Operation& view, const Value& base, const std::string& written) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(base.rank()));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
  if (view.call().name == "t") {
    std::ranges::reverse(order);
  } else {
    const bool by_axis = view.call().name.starts_with("swapaxes");
    const std::int64_t first = TRY(view.axis(by_axis ? "axis0" : "dim0", base.rank()));
    const std::int64_t second = TRY(view.axis(by_axis ? "axis1" : "dim1", base.rank()));
    if (!order.empty()) std::swap(order[static_cast<std::size_t>(first)], order[static_cast<std::size_t>(second)]);
  }
  return undo_permutation(view, order, written);
}

constexpr std::string_view kReshaping[] = {"view",      "reshape", "flatten",      "unflatten", "squeeze",
                                           "unsqueeze", "view_as", "_unsafe_view", "reshape_as"};
constexpr std::string_view kPieces[] = {"split", "split_with_sizes", "chunk", "unbind"};
constexpr std::string_view kTransposing[] = {"transpose", "t", "swapaxes", "swapdims"};

}  // namespace

Result<std::string> write_through(Operation& view, std::size_t output, const Value& base, const std::string& written) {
  const std::string& name = view.call().name;
  const auto is_one_of = [&](const auto& names) { return std::ranges::find(names, name) != std::end(names); };
  if (name == "slice") return into_slice(view, base, written);
  if (name == "select") return into_select(view, base, written);
  if (name == "narrow") return into_narrow(view, base, written);
  if (name == "permute") return into_permuted(view, base, written);
  if (is_one_of(kTransposing)) return into_transposed(view, base, written);
  if (is_one_of(kPieces)) return into_piece(view, output, base, written);
  if (is_one_of(kReshaping)) return view.reshape(written, view.sizes_of(base));
  return view.refuse("writing in place through a view of this kind is not supported; clone the tensor before");
}

}  // namespace tandem::convert::aten
