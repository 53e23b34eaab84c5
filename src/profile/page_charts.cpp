// SPDX-License-Identifier: Apache-2.0
// Draws with decimal logarithms on both axes, as rooflines are drawn.
#include "profile/page_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "page/page.h"

namespace tandem::profile {
namespace {

constexpr double kWidth = 760;
constexpr double kHeight = 420;
constexpr double kLeft = 64;
constexpr double kRight = 16;
constexpr double kTop = 16;
constexpr double kBottom = 46;
constexpr std::size_t kColors = 10;
constexpr double kThinnestShare = 0.0005;  // narrower parts cannot be seen
constexpr std::size_t kMostParts = 20'000;
constexpr int kRowPixels = 26;

/// One axis: whole decades from `low` to `high`, drawn from pixel `from` to pixel `to`.
struct LogAxis {
  int low = 0;
  int high = 1;
  double from = 0;
  double to = 1;

  double place(double value) const {
    const double share = (std::log10(value) - low) / static_cast<double>(high - low);
    return from + std::clamp(share, 0.0, 1.0) * (to - from);
  }
};

LogAxis make_axis(double least, double most, double from, double to) {
  LogAxis axis{static_cast<int>(std::floor(std::log10(least))), static_cast<int>(std::ceil(std::log10(most))), from,
               to};
  if (axis.high <= axis.low) axis.high = axis.low + 1;
  return axis;
}

struct PlacedNode {
  const NodeRow* row = nullptr;
  Placement placement;
  double per_second = 0;
};

std::vector<PlacedNode> place_nodes(const ProfileReport& report) {
  std::vector<PlacedNode> placed;
  for (const NodeRow& row : report.summary.nodes) {
    const auto placement = place_under_roof(row.load, *report.peak);
    if (placement) placed.push_back({&row, *placement, *flops_per_second(row.load)});
  }
  return placed;
}

std::string node_name(const ProfileReport& report, std::size_t node) {
  const bool in_file = node < report.fates.names.size() && !report.fates.names[node].empty();
  return in_file ? report.fates.names[node] : report.profile.nodes[node].name;
}

std::string decade_text(int decade) { return fmt::format("{:g}", std::pow(10.0, decade)); }

std::string draw_grid(const LogAxis& x, const LogAxis& y) {
  std::string svg;
  for (int decade = x.low; decade <= x.high; ++decade) {
    const double at = x.place(std::pow(10.0, decade));
    svg += fmt::format(R"(<line class="grid" x1="{0:.1f}" y1="{1}" x2="{0:.1f}" y2="{2}"/>)"
                       R"(<text x="{0:.1f}" y="{3}" text-anchor="middle">{4}</text>)",
                       at, kTop, kHeight - kBottom, kHeight - kBottom + 16, decade_text(decade));
  }
  for (int decade = y.low; decade <= y.high; ++decade) {
    const double at = y.place(std::pow(10.0, decade));
    svg += fmt::format(R"(<line class="grid" x1="{1}" y1="{0:.1f}" x2="{2}" y2="{0:.1f}"/>)"
                       R"(<text x="{3}" y="{4:.1f}" text-anchor="end">{5}</text>)",
                       at, kLeft, kWidth - kRight, kLeft - 6, at + 4, decade_text(decade - 9));
  }
  svg += fmt::format(R"(<text x="{}" y="{}" text-anchor="middle">FLOP / byte</text>)", (kLeft + kWidth - kRight) / 2,
                     kHeight - 8);
  return svg +
         fmt::format(R"svg(<text transform="translate(14 {}) rotate(-90)" text-anchor="middle">GFLOP/s</text>)svg",
                     (kTop + kHeight - kBottom) / 2);
}

std::string draw_roof(const MachinePeak& peak, const LogAxis& x, const LogAxis& y) {
  const double ridge = peak.flops_per_second / peak.bytes_per_second;
  // Where the slope enters the picture: at its left edge, or at its lower one.
  const double begin = std::max(std::pow(10.0, x.low), std::pow(10.0, y.low) / peak.bytes_per_second);
  const double top = y.place(peak.flops_per_second);
  return fmt::format(R"(<polyline class="roof" points="{:.1f},{:.1f} {:.1f},{:.1f} {:.1f},{:.1f}"/>)"
                     R"(<text x="{}" y="{:.1f}" text-anchor="end">{:.4g} GFLOP/s</text>)"
                     R"(<text x="{:.1f}" y="{:.1f}" text-anchor="end">{:.3g} GB/s</text>)",
                     x.place(begin), y.place(begin * peak.bytes_per_second), x.place(ridge), top,
                     x.place(std::pow(10.0, x.high)), top, kWidth - kRight - 4, top - 6, peak.flops_per_second / 1e9,
                     x.place(ridge / 4) - 6, y.place(peak.flops_per_second / 4) - 8, peak.bytes_per_second / 1e9);
}

std::string draw_node(const ProfileReport& report, const PlacedNode& node, const LogAxis& x, const LogAxis& y) {
  const double radius = 3 + 22 * std::sqrt(std::max(node.row->share, 0.0));
  return fmt::format(
      R"(<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="{:.1f}"><title>{}: {}
{}, {:.1f} % of a run
{:.3g} GFLOP/s, {:.3g} FLOP/byte, {:.0f} % of the roof</title></circle>)",
      color_class(report, node.row->label), x.place(node.placement.flops_per_byte), y.place(node.per_second), radius,
      escape_html(node.row->label), escape_html(node_name(report, node.row->node)), page_time(node.row->load.ms),
      100 * node.row->share, node.per_second / 1e9, node.placement.flops_per_byte, 100 * node.placement.reached);
}

class PartsDrawer final {
 public:
  explicit PartsDrawer(const ProfileReport& report) : report_(report) {}

  void draw(const Scope& scope, double left, std::size_t depth) {
    const double total = std::max(report_.summary.in_nodes_ms, 1e-12);
    const double width = scope.ms / total;
    if (width < kThinnestShare || drawn_ >= kMostParts) {
      ++left_out_;
      return;
    }
    ++drawn_;
    deepest_ = std::max(deepest_, depth);
    const bool is_node = scope.row.has_value();
    const NodeRow* row = is_node ? &report_.summary.nodes[*scope.row] : nullptr;
    const std::string title =
        fmt::format("{}{}\n{}, {:.1f} % of the time in nodes", scope.name.empty() ? report_.model : scope.name,
                    is_node ? fmt::format(" ({})", row->label) : "", page_time(scope.ms), 100 * width);
    html_ += fmt::format(
        R"(<div class="part {}" tabindex="0" data-left="{:.6f}" data-width="{:.6f}" style="left:{:.4f}%;width:{:.4f}%;)"
        R"(top:{}px" title="{}">{}</div>)",
        is_node ? color_class(report_, row->label) : "scope", left, width, 100 * left, 100 * width, depth * kRowPixels,
        escape_html(title), escape_html(scope.name.empty() ? report_.model : scope.name));
    for (const Scope& part : scope.parts) {
      draw(part, left, depth + 1);
      left += part.ms / total;
    }
  }

  std::string take() const {
    std::string html =
        fmt::format(R"(<div id="parts" style="height:{}px">{}</div>)", (deepest_ + 1) * kRowPixels, html_);
    if (left_out_ > 0) {
      html += fmt::format("<p class=\"note\">{} parts are too short to be drawn.</p>", left_out_);
    }
    return html;
  }

 private:
  const ProfileReport& report_;
  std::string html_;
  std::size_t deepest_ = 0;
  std::size_t drawn_ = 0;
  std::size_t left_out_ = 0;
};

}  // namespace

std::string color_class(const ProfileReport& report, const std::string& label) {
  const auto& rows = report.summary.operators;
  const auto found = std::ranges::find(rows, label, &OperatorRow::label);
  return fmt::format("c{}", std::min(static_cast<std::size_t>(found - rows.begin()), kColors - 1));
}

std::string draw_roofline(const ProfileReport& report) {
  if (!report.peak) return "";
  const std::vector<PlacedNode> nodes = place_nodes(report);
  if (nodes.empty()) return "";
  const double ridge = report.peak->flops_per_second / report.peak->bytes_per_second;
  double least_x = ridge, most_x = ridge;
  double least_y = report.peak->flops_per_second, most_y = report.peak->flops_per_second;
  for (const PlacedNode& node : nodes) {
    least_x = std::min(least_x, node.placement.flops_per_byte);
    most_x = std::max(most_x, node.placement.flops_per_byte);
    least_y = std::min(least_y, node.per_second);
    most_y = std::max(most_y, node.per_second);
  }
  const LogAxis x = make_axis(least_x, most_x, kLeft, kWidth - kRight);
  const LogAxis y = make_axis(least_y, most_y, kHeight - kBottom, kTop);
  std::string svg = fmt::format(R"(<svg viewBox="0 0 {} {}" role="img" aria-label="roofline">)", kWidth, kHeight);
  svg += draw_grid(x, y);
  svg += draw_roof(*report.peak, x, y);
  for (const PlacedNode& node : nodes) svg += draw_node(report, node, x, y);
  return svg + "</svg>";
}

std::string draw_parts(const ProfileReport& report, const Scope& root) {
  PartsDrawer drawer(report);
  drawer.draw(root, 0, 0);
  return drawer.take();
}

}  // namespace tandem::profile
