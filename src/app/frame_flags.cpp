// SPDX-License-Identifier: Apache-2.0
// Folders, phantoms and scenes as sources of frames.
#include "app/frame_flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "vision/frame_folder.h"

namespace tandem::app {
namespace {

Status open_phantom(const std::string& source, FrameInput& input) {
  input.phantom = TRY(carotid::Phantom::create(TRY(carotid::parse_phantom(source))));
  input.frames = carotid::make_phantom_source(*input.phantom);
  return {};
}

Status open_scenes(const std::string& source, FrameInput& input) {
  input.scenes = TRY(caption::parse_scenes(source));
  input.frames = TRY(caption::make_scene_source(*input.scenes));
  return {};
}

/// By what stands before the first colon.
Status open_named(const std::string& source, FrameInput& input) {
  const std::string kind = source.substr(0, source.find(':'));
  if (kind == "phantom") return open_phantom(source, input);
  if (kind == "scenes") return open_scenes(source, input);
  return invalid_argument(
      fmt::format("expected phantom:arrest or phantom:rosc, or scenes:held-out or scenes:SEED, got '{}'", source));
}

}  // namespace

void FrameFlags::add_to(CLI::App& verb) {
  auto* named =
      verb.add_option("--source", source,
                      "Drawn frames instead of a folder: phantom:arrest or phantom:rosc, with :SEED; scenes:held-out "
                      "or scenes:SEED, with :COUNT")
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
  const Status opened = open_named(flags.source, input);
  if (!opened) return fail(opened.error().with_context("--source"));
  input.name = flags.source;
  return input;
}

}  // namespace tandem::app
