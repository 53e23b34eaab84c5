// SPDX-License-Identifier: Apache-2.0
// OpenVINO as an engine: ONNX models on CPUs; its libraries are opened when the first model is loaded.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "engine/engine.h"

namespace tandem {

/// Never fails: where tandem_openvino.so is missing, available() says how to get it. available() and version() look
/// whether that file is there and open nothing, so that a server which lists its engines does not carry OpenVINO;
/// load() says when it cannot be opened.
std::unique_ptr<Engine> make_openvino_engine();
/// The same with other places for tandem_openvino.so, the first one first.
std::unique_ptr<Engine> make_openvino_engine(std::vector<std::filesystem::path> places);

}  // namespace tandem
