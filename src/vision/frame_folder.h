// SPDX-License-Identifier: Apache-2.0
// The images of a folder as one sequence of frames, in the order a person expects.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "base/error.h"
#include "vision/frame_source.h"

namespace tandem {

struct FrameFolderOptions {
  double frames_per_second = 10;  // files carry no times: frame i is at i / frames_per_second
};

/// Every file of the folder (not of folders in it) that ends in .png, .jpg or .jpeg, in natural_less order. Files are
/// read when their turn comes; one that is no image, or of another size than the first, is an error with its name.
/// Errors: not_found, invalid_argument (no folder, no images, a rate that is not above 0), resource_exhausted (more
/// than a million images).
Result<std::unique_ptr<FrameSource>> open_frame_folder(const std::filesystem::path& folder,
                                                       const FrameFolderOptions& options = {});

/// frame_2.png before frame_10.png: runs of digits are compared as numbers, everything else by byte. A strict total
/// order over different texts.
bool natural_less(std::string_view a, std::string_view b);

}  // namespace tandem
