// SPDX-License-Identifier: Apache-2.0
// Bins and bars.
#include "bench/histogram.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "base/check.h"

namespace tandem::bench {
namespace {

constexpr double kRatioForLogarithm = 20;
constexpr std::size_t kBarColumns = 52;

}  // namespace

std::vector<HistogramBin> make_histogram(std::span<const double> samples_ms, std::size_t bins) {
  CHECK(!samples_ms.empty() && bins > 0);
  const auto [low, high] = std::minmax_element(samples_ms.begin(), samples_ms.end());
  const bool logarithmic = *low > 0 && *high > *low * kRatioForLogarithm;
  const auto scale = [logarithmic](double value) { return logarithmic ? std::log(value) : value; };
  const double begin = scale(*low);
  const double width = (scale(*high) - begin) / static_cast<double>(bins);
  if (width <= 0) return {{*low, *high, samples_ms.size()}};

  std::vector<HistogramBin> histogram(bins);
  for (std::size_t i = 0; i < bins; ++i) {
    const auto edge = [&](std::size_t at) { return begin + width * static_cast<double>(at); };
    histogram[i].from_ms = logarithmic ? std::exp(edge(i)) : edge(i);
    histogram[i].to_ms = logarithmic ? std::exp(edge(i + 1)) : edge(i + 1);
  }
  for (const double sample : samples_ms) {
    const auto bin = static_cast<std::size_t>(std::max(0.0, (scale(sample) - begin) / width));
    ++histogram[std::min(bin, bins - 1)].count;
  }
  return histogram;
}

std::string draw_bar(double fraction, std::size_t columns) {
  constexpr std::array<std::string_view, 8> kEighths = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const double wanted = std::clamp(fraction, 0.0, 1.0) * static_cast<double>(columns) * 8;
  const auto eighths = static_cast<std::size_t>(std::lround(wanted));
  std::string bar;
  for (std::size_t i = 0; i < eighths / 8; ++i) bar += "█";
  return bar.append(kEighths[eighths % 8]);
}

std::string draw_histogram(std::span<const HistogramBin> histogram) {
  std::size_t most = 1;
  for (const HistogramBin& bin : histogram) most = std::max(most, bin.count);
  std::string text;
  for (const HistogramBin& bin : histogram) {
    const std::string bar = draw_bar(static_cast<double>(bin.count) / static_cast<double>(most), kBarColumns);
    text += fmt::format("{:>10.4g} ms {} {}\n", bin.from_ms, bin.count > 0 && bar.empty() ? "▏" : bar, bin.count);
  }
  return text;
}

}  // namespace tandem::bench
