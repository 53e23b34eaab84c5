// SPDX-License-Identifier: Apache-2.0
// Two flood fills over the box around the class: one from outside, one a component.
#include "domains/carotid/region.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/check.h"

namespace tandem::carotid {
namespace {

/// Where the class occurs: columns [left, right), rows [top, bottom).
struct Box {
  int left = 0, top = 0, right = 0, bottom = 0;
};

std::optional<Box> box_of(const Image& mask, std::uint8_t value) {
  Box box{mask.width, mask.height, 0, 0};
  const std::uint8_t* pixel = mask.pixels.data();
  for (int y = 0; y < mask.height; ++y) {
    for (int x = 0; x < mask.width; ++x, ++pixel) {
      if (*pixel != value) continue;
      box.left = std::min(box.left, x);
      box.right = std::max(box.right, x + 1);
      box.top = std::min(box.top, y);
      box.bottom = y + 1;
    }
  }
  if (box.bottom == 0) return std::nullopt;
  return box;
}

/// The box with one cell around it, so that a fill never meets an edge it must test for.
class Grid final {
 public:
  Grid(const Image& mask, std::uint8_t value, const Box& box)
      : box_(box),
        columns_(static_cast<std::size_t>(box.right - box.left) + 2),
        cells_(columns_ * (static_cast<std::size_t>(box.bottom - box.top) + 2), kUnknown) {
    for (int y = box.top; y < box.bottom; ++y) {
      for (int x = box.left; x < box.right; ++x) {
        const auto pixel =
            static_cast<std::size_t>(y) * static_cast<std::size_t>(mask.width) + static_cast<std::size_t>(x);
        if (mask.pixels[pixel] == value) cells_[cell(x, y)] = kClass;
      }
    }
  }

  /// Marks what can be reached from outside; what stays unknown is a hole and belongs to the class.
  void fill_holes() {
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      const std::size_t column = i % columns_;
      const bool margin = i < columns_ || i + columns_ >= cells_.size() || column == 0 || column == columns_ - 1;
      if (margin && cells_[i] == kUnknown) flood(i, kUnknown, kTaken);
    }
    std::replace(cells_.begin(), cells_.end(), kUnknown, kClass);
  }

  /// The cells of the largest component.
  std::vector<std::size_t> largest_component() {
    std::vector<std::size_t> largest;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      if (cells_[i] != kClass) continue;
      std::vector<std::size_t> component = flood(i, kClass, kTaken);
      if (component.size() > largest.size()) largest = std::move(component);
    }
    return largest;
  }

  int x_of(std::size_t cell) const { return static_cast<int>(cell % columns_) - 1 + box_.left; }
  int y_of(std::size_t cell) const { return static_cast<int>(cell / columns_) - 1 + box_.top; }

 private:
  enum Cell : std::uint8_t { kUnknown, kClass, kTaken };

  std::size_t cell(int x, int y) const {
    return static_cast<std::size_t>(y - box_.top + 1) * columns_ + static_cast<std::size_t>(x - box_.left + 1);
  }

  /// Turns every cell `from` that hangs together with `start` into `to`; returns them.
  std::vector<std::size_t> flood(std::size_t start, Cell from, Cell to) {
    std::vector<std::size_t> reached = {start};
    cells_[start] = to;
    const auto visit = [&](std::size_t next) {
      if (cells_[next] != from) return;
      cells_[next] = to;
      reached.push_back(next);
    };
    std::size_t done = 0;
    while (done < reached.size()) {  // which grows on the way
      const std::size_t i = reached[done++];
      const std::size_t column = i % columns_;
      if (column > 0) visit(i - 1);
      if (column + 1 < columns_) visit(i + 1);
      if (i >= columns_) visit(i - columns_);
      if (i + columns_ < cells_.size()) visit(i + columns_);
    }
    return reached;
  }

  Box box_;
  std::size_t columns_;
  std::vector<Cell> cells_;
};

/// Two passes, so that no large numbers are subtracted.
void set_moments(const Grid& grid, const std::vector<std::size_t>& cells, Region& region) {
  const auto count = static_cast<double>(cells.size());
  for (const std::size_t cell : cells) {
    region.mean_x += grid.x_of(cell) + 0.5;
    region.mean_y += grid.y_of(cell) + 0.5;
  }
  region.mean_x /= count;
  region.mean_y /= count;
  for (const std::size_t cell : cells) {
    const double dx = grid.x_of(cell) + 0.5 - region.mean_x;
    const double dy = grid.y_of(cell) + 0.5 - region.mean_y;
    region.variance_x += dx * dx;
    region.variance_y += dy * dy;
    region.covariance += dx * dy;
  }
  region.variance_x /= count;
  region.variance_y /= count;
  region.covariance /= count;
}

}  // namespace

std::optional<Region> largest_region(const Image& mask, std::uint8_t value) {
  CHECK(mask.channels == 1 && mask.pixels.size() == mask.pixel_count());
  const std::optional<Box> box = box_of(mask, value);
  if (!box) return std::nullopt;
  Grid grid(mask, value, *box);
  grid.fill_holes();
  const std::vector<std::size_t> cells = grid.largest_component();
  Region region;
  region.area_px = static_cast<std::int64_t>(cells.size());
  region.touches_border = std::any_of(cells.begin(), cells.end(), [&](std::size_t cell) {
    const int x = grid.x_of(cell);
    const int y = grid.y_of(cell);
    return x == 0 || y == 0 || x == mask.width - 1 || y == mask.height - 1;
  });
  set_moments(grid, cells, region);
  return region;
}

}  // namespace tandem::carotid
