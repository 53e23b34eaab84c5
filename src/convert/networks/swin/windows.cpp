// SPDX-License-Identifier: Apache-2.0
// All of it is known when the image's size is, and becomes constants.
#include "convert/networks/swin/windows.h"

namespace tandem::convert {
namespace {

struct Place {
  std::int64_t row = 0;
  std::int64_t column = 0;
};

/// Where the place `token` of the window `index` lies in the rolled and padded image.
Place rolled_place(const WindowPlan& plan, std::int64_t index, std::int64_t token) {
  return {index / plan.count.width * plan.window + token / plan.window,
          index % plan.count.width * plan.window + token % plan.window};
}

/// Three regions on each axis: what stayed together, what was cut off by the last window, what came from the other end.
std::int64_t region_of(std::int64_t at, std::int64_t size, std::int64_t window, std::int64_t shift) {
  if (at < size - window) return 0;
  return at < size - shift ? 1 : 2;
}

std::int64_t region(const WindowPlan& plan, Place place) {
  const HeightWidth size{plan.count.height * plan.window, plan.count.width * plan.window};
  return 3 * region_of(place.row, size.height, plan.window, plan.shift.height) +
         region_of(place.column, size.width, plan.window, plan.shift.width);
}

}  // namespace

WindowPlan plan_windows(HeightWidth image, std::int64_t window, bool shifted) {
  WindowPlan plan;
  plan.image = image;
  plan.window = window;
  plan.count = {(image.height + window - 1) / window, (image.width + window - 1) / window};
  if (!shifted) return plan;
  const auto shift = [&](std::int64_t count) { return count > 1 ? window / 2 : 0; };
  plan.shift = {shift(plan.count.height), shift(plan.count.width)};
  return plan;
}

std::vector<std::int64_t> window_tokens(const WindowPlan& plan) {
  std::vector<std::int64_t> tokens;
  for (std::int64_t index = 0; index < plan.windows(); ++index) {
    for (std::int64_t token = 0; token < plan.tokens(); ++token) {
      const Place rolled = rolled_place(plan, index, token);
      const std::int64_t row = (rolled.row + plan.shift.height) % (plan.count.height * plan.window);
      const std::int64_t column = (rolled.column + plan.shift.width) % (plan.count.width * plan.window);
      const bool inside = row < plan.image.height && column < plan.image.width;
      tokens.push_back(inside ? row * plan.image.width + column : plan.image.height * plan.image.width);
    }
  }
  return tokens;
}

std::vector<std::int64_t> window_places(const WindowPlan& plan) {
  std::vector<std::int64_t> places(static_cast<std::size_t>(plan.image.height * plan.image.width));
  const std::vector<std::int64_t> tokens = window_tokens(plan);
  for (std::size_t place = 0; place < tokens.size(); ++place) {
    const auto token = static_cast<std::size_t>(tokens[place]);
    if (token < places.size()) places[token] = static_cast<std::int64_t>(place);
  }
  return places;
}

Result<Tensor> window_mask(const WindowPlan& plan) {
  constexpr float kUnseen = -100;
  Tensor mask = TRY(Tensor::allocate(DType::kFloat32, {plan.windows(), 1, plan.tokens(), plan.tokens()}));
  const auto values = mask.mutable_values<float>();
  std::size_t next = 0;
  for (std::int64_t index = 0; index < plan.windows(); ++index) {
    for (std::int64_t from = 0; from < plan.tokens(); ++from) {
      const std::int64_t own = region(plan, rolled_place(plan, index, from));
      for (std::int64_t to = 0; to < plan.tokens(); ++to) {
        values[next++] = own == region(plan, rolled_place(plan, index, to)) ? 0.0F : kUnseen;
      }
    }
  }
  return mask;
}

std::vector<std::int64_t> relative_positions(std::int64_t window) {
  std::vector<std::int64_t> rows;
  for (std::int64_t from = 0; from < window * window; ++from) {
    for (std::int64_t to = 0; to < window * window; ++to) {
      const std::int64_t down = from / window - to / window + window - 1;
      const std::int64_t right = from % window - to % window + window - 1;
      rows.push_back(down * (2 * window - 1) + right);
    }
  }
  return rows;
}

}  // namespace tandem::convert
