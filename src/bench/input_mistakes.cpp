// SPDX-License-Identifier: Apache-2.0
// Each mistake is a change of the pictures, one value after the other.
#include "bench/input_mistakes.h"

#include <array>
#include <utility>

#include "bench/agreement.h"

namespace tandem::bench {
namespace {

constexpr std::size_t kColors = 3;
constexpr std::array<float, kColors> kImageNetMean = {0.485F, 0.456F, 0.406F};
constexpr std::array<float, kColors> kImageNetDeviation = {0.229F, 0.224F, 0.225F};

/// Where the three channels of a picture stand.
struct ChannelAxis {
  std::size_t outer = 0;  // what stands before them
  std::size_t inner = 0;  // and after
};

std::optional<ChannelAxis> find_channels(const Tensor& tensor) {
  if (tensor.dtype() != DType::kFloat32 || tensor.shape().rank() != 4 || tensor.element_count() == 0) {
    return std::nullopt;
  }
  const Shape& shape = tensor.shape();
  const auto items = static_cast<std::size_t>(shape[0]);
  const auto places = tensor.element_count() / items / kColors;
  if (shape[1] == kColors) return ChannelAxis{items, places};
  if (shape[3] == kColors) return ChannelAxis{items * places, 1};
  return std::nullopt;
}

struct Mistake {
  std::string_view name;
  bool swap = false;
  /// What a value of channel c becomes.
  float (*change)(float value, std::size_t channel) = [](float value, std::size_t) { return value; };
};

constexpr std::array kMistakes{
    Mistake{"its channels stand in the other order (RGB and BGR)", true},
    Mistake{"it takes values of 0 to 255 where the reference takes 0 to 1", false,
            [](float value, std::size_t) { return value * 255; }},
    Mistake{"it takes values of 0 to 1 where the reference takes 0 to 255", false,
            [](float value, std::size_t) { return value / 255; }},
    Mistake{
        "it subtracts ImageNet's mean and divides by its deviation itself", false,
        [](float value, std::size_t channel) { return value * kImageNetDeviation[channel] + kImageNetMean[channel]; }},
    Mistake{"it wants ImageNet's mean subtracted and its deviation divided out, which the reference does itself", false,
            [](float value, std::size_t channel) {
              return (value - kImageNetMean[channel]) / kImageNetDeviation[channel];
            }},
    Mistake{"it takes values of -1 to 1 where the reference takes 0 to 1", false,
            [](float value, std::size_t) { return 2 * value - 1; }},
    Mistake{"it takes values of 0 to 1 where the reference takes -1 to 1", false,
            [](float value, std::size_t) { return (value + 1) / 2; }},
};

Result<Tensor> make_mistake(const Tensor& picture, const ChannelAxis& axis, const Mistake& mistake) {
  Tensor changed = TRY(Tensor::allocate(DType::kFloat32, picture.shape()));
  const auto from = picture.values<float>();
  const auto to = changed.mutable_values<float>();
  for (std::size_t outer = 0; outer < axis.outer; ++outer) {
    for (std::size_t channel = 0; channel < kColors; ++channel) {
      const std::size_t source = mistake.swap ? kColors - 1 - channel : channel;
      for (std::size_t inner = 0; inner < axis.inner; ++inner) {
        const float value = from[(outer * kColors + source) * axis.inner + inner];
        to[(outer * kColors + channel) * axis.inner + inner] = mistake.change(value, channel);
      }
    }
  }
  return changed;
}

/// Nothing when no tensor of the set is a picture.
Result<std::optional<std::vector<Tensor>>> change_set(const std::vector<Tensor>& set, const Mistake& mistake) {
  std::vector<Tensor> changed;
  bool any = false;
  for (const Tensor& tensor : set) {
    const auto axis = find_channels(tensor);
    any = any || axis;
    changed.push_back(axis ? TRY(make_mistake(tensor, *axis, mistake)) : tensor.view());
  }
  if (!any) return std::optional<std::vector<Tensor>>();
  return std::optional(std::move(changed));
}

Result<bool> agree(const Answer& got, const std::vector<Tensor>& wanted, double tolerance) {
  Agreement agreement;
  for (std::size_t i = 0; i < wanted.size() && i < got.outputs.size(); ++i) {
    add_output(agreement, "", got.outputs[i], wanted[i], tolerance);
  }
  return agreement.within;
}

}  // namespace

Result<std::optional<std::string>> find_input_mistake(Side& reference, Side& other, const std::vector<Tensor>& set,
                                                      double tolerance) {
  std::vector<Tensor> wanted;
  {
    const Answer answer = TRY(reference.run_set(0));
    for (const Tensor& output : answer.outputs) wanted.push_back(TRY(output.clone()));
  }
  for (const Mistake& mistake : kMistakes) {
    std::optional<std::vector<Tensor>> changed = TRY(change_set(set, mistake));
    if (!changed) return std::optional<std::string>();
    const std::vector<std::vector<Tensor>> sets = [&] {
      std::vector<std::vector<Tensor>> one;
      one.push_back(std::move(*changed));
      return one;
    }();
    TRY(other.prepare(reference.info(), sets));
    const Answer answer = TRY(other.run_set(0));
    if (TRY(agree(answer, wanted, tolerance))) return std::optional(std::string(mistake.name));
  }
  return std::optional<std::string>();
}

}  // namespace tandem::bench
