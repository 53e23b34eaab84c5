// SPDX-License-Identifier: Apache-2.0
// Folders and phantoms as sources of frames.
#include "app/frame_flags.h"

#include <CLI/CLI.hpp>

#include "vision/frame_folder.h"

namespace tandem::app {

void FrameFlags::add_to(CLI::App& verb) {
  auto* named =
      verb.add_option("--source", source,
                      "Frames drawn by a phantom instead of a folder: phantom:arrest or phantom:rosc, with :SEED")
          ->type_name("SOURCE");
  verb.add_option("--fps", frames_per_second, "Frames per second of a folder of images")
      ->check(CLI::Range(0.001, 1e6))
      ->capture_default_str()
      ->excludes(named)
      ->type_name("RATE");
}

Result<FrameInput> open_frames(const FrameFlags& flags, const std::string& folder) {
  FrameInput input;
  if (flags.source.empty()) {
    input.name = folder;
    input.frames = TRY(open_frame_folder(folder, {flags.frames_per_second}));
    return input;
  }
  auto options = carotid::parse_phantom(flags.source);
  if (!options) return fail(options.error().with_context("--source"));
  input.name = flags.source;
  input.phantom = TRY(carotid::Phantom::create(*options));
  input.frames = carotid::make_phantom_source(*input.phantom);
  return input;
}

}  // namespace tandem::app
