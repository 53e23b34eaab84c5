// SPDX-License-Identifier: Apache-2.0
// A sorted list of names, decoded one at a time.
#include "vision/frame_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/file.h"
#include "vision/decode.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxImages = 1'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The run of digits at the front of `text`, which loses it.
std::string_view take_number(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto length = static_cast<std::size_t>(end - text.begin());
  const std::string_view number = text.substr(0, length);
  text.remove_prefix(length);
  return number;
}

std::string_view without_zeros(std::string_view number) {
  return number.substr(std::min(number.find_first_not_of('0'), number.size()));
}

/// Below, at or above 0 as `a` is the smaller, an equal or the larger number; of any length.
int compare_numbers(std::string_view a, std::string_view b) {
  a = without_zeros(a);
  b = without_zeros(b);
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return a.compare(b);
}

bool is_image_name(const fs::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return ending == ".png" || ending == ".jpg" || ending == ".jpeg";
}

Result<std::vector<fs::path>> list_images(const fs::path& folder) {
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  if (!fs::exists(status)) return not_found(fmt::format("there is no folder {}", folder.string()));
  if (!fs::is_directory(status)) {
    return invalid_argument(fmt::format("{} is not a folder: expected a folder of images", folder.string()));
  }
  std::vector<fs::path> images;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::error_code ignored;
    if (!is_image_name(entry->path()) || !entry->is_regular_file(ignored)) continue;
    if (images.size() == kMaxImages) {
      return fail(Code::kResourceExhausted,
                  fmt::format("{} holds more than {} images; split it", folder.string(), kMaxImages));
    }
    images.push_back(entry->path());
  }
  if (error) {
    return fail(Code::kPermissionDenied,
                fmt::format("cannot read the folder {}: {}", folder.string(), error.message()));
  }
  if (images.empty()) {
    return invalid_argument(fmt::format("{} holds no file that ends in .png, .jpg or .jpeg", folder.string()));
  }
  std::sort(images.begin(), images.end(), [](const fs::path& a, const fs::path& b) {
    return natural_less(a.filename().native(), b.filename().native());
  });
  return images;
}

class FrameFolder final : public FrameSource {
 public:
  FrameFolder(fs::path folder, std::vector<fs::path> images, double frames_per_second)
      : folder_(std::move(folder)), images_(std::move(images)), frames_per_second_(frames_per_second) {}

  Result<std::optional<Frame>> next() override {
    if (next_ == images_.size()) return std::optional<Frame>();
    const fs::path& path = images_[next_];
    const MappedFile file = TRY(MappedFile::open(path));
    auto image = decode_image(file.bytes());
    if (!image) return fail(image.error().with_context(path.string()));
    TRY(check_size(*image, path));
    Frame frame;
    frame.image = std::move(*image);
    frame.index = static_cast<std::int64_t>(next_);
    frame.time = std::chrono::nanoseconds(std::llround(static_cast<double>(next_) * 1e9 / frames_per_second_));
    frame.name = path.filename().string();
    ++next_;
    return std::optional<Frame>(std::move(frame));
  }

  std::optional<std::int64_t> frame_count() const override { return static_cast<std::int64_t>(images_.size()); }

  std::string describe() const override {
    return fmt::format("folder {}, {} images at {:g} frames per second", folder_.string(), images_.size(),
                       frames_per_second_);
  }

 private:
  Status check_size(const Image& image, const fs::path& path) {
    if (next_ == 0) {
      width_ = image.width;
      height_ = image.height;
    }
    if (image.width == width_ && image.height == height_) return {};
    return invalid_argument(fmt::format("{}: expected {}x{} pixels as in {}, got {}x{}; one folder is one sequence",
                                        path.string(), width_, height_, images_[0].filename().string(), image.width,
                                        image.height));
  }

  fs::path folder_;
  std::vector<fs::path> images_;
  double frames_per_second_;
  std::size_t next_ = 0;
  int width_ = 0;
  int height_ = 0;
};

}  // namespace

Result<std::unique_ptr<FrameSource>> open_frame_folder(const fs::path& folder, const FrameFolderOptions& options) {
  // A slower rate would overflow the times of a million frames.
  constexpr double kSlowest = 1e-3;
  if (!(options.frames_per_second >= kSlowest && options.frames_per_second <= 1e6)) {
    return invalid_argument(
        fmt::format("expected {} to 1e6 frames per second, got {}", kSlowest, options.frames_per_second));
  }
  std::vector<fs::path> images = TRY(list_images(folder));
  return std::unique_ptr<FrameSource>(
      std::make_unique<FrameFolder>(folder, std::move(images), options.frames_per_second));
}

bool natural_less(std::string_view a, std::string_view b) {
  const std::string_view whole_a = a;
  const std::string_view whole_b = b;
  while (!a.empty() && !b.empty()) {
    if (is_digit(a.front()) && is_digit(b.front())) {
      const int order = compare_numbers(take_number(a), take_number(b));
      if (order != 0) return order < 0;
      continue;
    }
    if (a.front() != b.front()) return static_cast<unsigned char>(a.front()) < static_cast<unsigned char>(b.front());
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  if (a.empty() != b.empty()) return a.empty();
  return whole_a < whole_b;  // frame_01 and frame_1
}

}  // namespace tandem
